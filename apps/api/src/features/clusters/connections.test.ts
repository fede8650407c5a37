import type { ClusterEndpoint, Retirement } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import { createConnections } from './connections.ts';

const id = 'clu_1';

/** One cluster, whose row and credential a test changes, and clients that answer with the token they were made with. */
function world(change: Partial<ClusterRecord> = {}) {
  const row = {
    id,
    slug: 'alpha',
    server: 'https://alpha.example',
    state: 'connected',
    credentialRevision: 1,
    credentialGeneration: 1,
    ...change,
  } as ClusterRecord;
  const fates: string[] = [];
  const connections = createConnections({
    store: {
      findById: async () => ({ ...row }),
      listByIds: async () => (row.state === 'removing' ? [] : [{ ...row }]),
    } as unknown as ClustersStore,
    credentials: {
      put: async () => {},
      open: async () => ({ kind: 'token', token: `token-${row.credentialRevision}` }),
    },
    createClient: ({ credential }: ClusterEndpoint) => {
      const name = credential.kind === 'token' ? credential.token : '';
      return {
        request: async () => ({ status: 200, headers: {}, body: name as never, warnings: [] }),
        stream: async () => Promise.reject(new Error('not asked')),
        forward: async () => {},
        upgrade: async () => Promise.reject(new Error('not asked')),
        close: async () => void fates.push(`${name} closed`),
        // As long as something is open by it.
        retire: ({ streams }: Retirement) => {
          fates.push(`${name} retired, streams ${streams}`);
          return new Promise<void>(() => {});
        },
      };
    },
  });
  const renew = () => Object.assign(row, { credentialRevision: row.credentialRevision + 1 });
  const replace = () => Object.assign(renew(), { credentialGeneration: row.credentialGeneration + 1 });
  const ask = async (client: Awaited<ReturnType<typeof connections.for>>) =>
    (await client.request({ method: 'GET', path: '/version', identity: 'self' })).body;
  return { connections, row, fates, renew, replace, ask };
}

describe('the client of a cluster', () => {
  it('asks by a renewed credential from then on, and lets what is open by the old one finish', async () => {
    const { connections, fates, renew, ask } = world();
    const client = await connections.for(id);
    expect(await ask(client)).toBe('token-1');
    renew();
    await connections.for(id);
    expect(await ask(client)).toBe('token-2');
    expect(fates).toEqual(['token-1 retired, streams finish']);
  });

  it('has its streams ended when a person replaced the credential, in this process or another', async () => {
    const { connections, fates, replace, ask } = world();
    const client = await connections.for(id);
    replace();
    await connections.follow();
    expect(await ask(client)).toBe('token-2');
    expect(fates).toEqual(['token-1 retired, streams end']);
  });

  /** Seen failing with the newest alone retired: shells by the token before the last would have gone on. */
  it('ends what is still open by credentials that were renewed before', async () => {
    const { connections, row, fates, renew, replace } = world();
    await connections.for(id);
    renew();
    await connections.for(id);
    replace();
    await connections.for(id);
    expect(fates).toEqual([
      'token-1 retired, streams finish',
      'token-1 retired, streams end',
      'token-2 retired, streams end',
    ]);
    row.state = 'paused';
    await connections.follow();
    expect(fates.slice(3)).toEqual(['token-3 closed', 'token-1 closed', 'token-2 closed']);
  });

  it('is not brought back by somebody who read the row before', async () => {
    const { connections, row, fates, renew, ask } = world();
    const before = { ...row };
    await connections.for(id);
    renew();
    const client = await connections.for(id);
    expect(await ask(await connections.dial(before))).toBe('token-2');
    expect(await connections.dial(before)).toBe(client);
    expect(fates).toEqual(['token-1 retired, streams finish']);
  });

  it('is one, however many ask for the first at once', async () => {
    const { connections, fates } = world();
    const [first, second] = await Promise.all([connections.for(id), connections.for(id)]);
    expect(first).toBe(second);
    expect(fates).toEqual(['token-1 closed']);
  });

  it.each(['paused', 'identity_changed', 'removing'] as const)('is closed when its cluster is %s', async (state) => {
    const { connections, row, fates } = world();
    await connections.for(id);
    row.state = state;
    await connections.follow();
    expect(fates).toEqual(['token-1 closed']);
  });

  it('is refused for a cluster that is away, with when it last answered in everybody’s time', async () => {
    const seenAt = new Date(Date.now() - 12 * 60_000);
    const { connections } = world({ state: 'unreachable', stateReason: 'It is cut off.', seenAt });
    const day = seenAt.toISOString().slice(0, 16).replace('T', ' ');
    await expect(connections.for(id)).rejects.toMatchObject({
      code: 'cluster_unreachable',
      message: `alpha is unreachable: It is cut off. It last answered ${day} UTC, 12 min ago.`,
    });
  });
});
