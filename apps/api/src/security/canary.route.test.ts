import { allEndpoints, allLiveViews, allStreams } from '@quarterdeck/contracts';
import { createAuthority, freePort } from '@quarterdeck/testing';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  claimAsOwner,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOrigin,
  testOwner,
} from '../testing/test-app.ts';
import { pathOf, requestOf } from './ask.fixture.ts';
import type { Ownership } from './expected.fixture.ts';
import { badAnswers, type HostileUpstream, startHostileUpstream } from './hostile-upstream.fixture.ts';
import { placedEndpoints } from './places.fixture.ts';
import { type ActingSubject, createSubjects } from './subjects.fixture.ts';
import { canary, createWorld, type Ids } from './world.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let world: Record<Ownership, Ids>;
let subjects: ActingSubject[];
let upstream: HostileUpstream;
type Follow = Awaited<ReturnType<TestApp['app']['injectWS']>>;
/** Everything the server said since the world was made: name of the output → text. */
const said = new Map<string, string>();

beforeAll(async () => {
  const port = await freePort();
  const authority = await createAuthority('authority of the hostile cluster');
  vi.stubEnv('QUARTERDECK_CANARY', `${canary}-environment`);
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${port}`] });
  owner = await claimAsOwner(test);
  world = await createWorld(test, owner, { port, caPem: authority.certPem });
  subjects = await createSubjects(test, owner, world.own);
  upstream = await startHostileUpstream(authority, port, canary);
  record(test);
});
afterAll(async () => {
  process.stdout.write(`canary: ${said.size} outputs read, ${upstream?.seen()} upstream requests with a credential\n`);
  vi.unstubAllEnvs();
  await upstream?.close();
  await test.close();
});

/** Keeps whatever an answer holds: status, headers, body. */
function record({ app }: TestApp): void {
  const real = app.inject.bind(app) as (options: InjectOptions) => ReturnType<typeof app.inject>;
  const inject = async (options: InjectOptions) => {
    const response = await real(options);
    const name = `${said.size} ${options.method} ${String(options.url)}`;
    said.set(name, `${response.statusCode} ${JSON.stringify(response.headers)} ${response.payload}`);
    return response;
  };
  Object.assign(app, { inject });
}

/** The forms in which the marked secrets and the passwords and tokens of this run could leave. */
const forms = [
  canary,
  Buffer.from(canary).toString('base64').slice(0, -2),
  // Bytes of a column as PostgreSQL prints them.
  Buffer.from(canary).toString('hex'),
  testOwner.password,
];

function hits(outputs: Iterable<readonly [string, string]>): string[] {
  const found: string[] = [];
  for (const [name, text] of outputs) {
    for (const form of forms) {
      const at = text.indexOf(form);
      if (at >= 0) found.push(`${name}: …${text.slice(Math.max(0, at - 60), at + 40)}…`);
    }
  }
  return found;
}

/** Closed, or with nothing more to say for a second: what follows a workload waits for pods to come. */
async function saidAll(socket: Follow): Promise<void> {
  await new Promise<void>((resolve) => {
    let silence: NodeJS.Timeout | undefined;
    socket.on('message', () => {
      clearTimeout(silence);
      silence = setTimeout(resolve, 1000);
    });
    socket.once('close', () => {
      clearTimeout(silence);
      resolve();
    });
  });
}

describe('the canary crawl', () => {
  it('S15 finds no secret in any answer, as anybody', async () => {
    const secrets = { ...world.own, plural: 'secrets' };
    for (const endpoint of allEndpoints.filter(({ method }) => method === 'GET')) {
      const placed = placedEndpoints[endpoint.name];
      if (placed === undefined) continue;
      for (const { client } of subjects)
        await client.request(requestOf(endpoint, placed, { ...secrets, ses: '', mine: '' }, secrets));
    }
    expect(upstream.seen()).toBeGreaterThan(0);
    expect(said.size).toBeGreaterThan(subjects.length * 20);
    expect(hits(said)).toEqual([]);
  });

  it('S15 finds no secret in live views and streams', async () => {
    const messages: string[] = [];
    const socket = await test.app.injectWS('/api/v1/live', wsHeaders('quarterdeck.live.v1'));
    socket.on('message', (data) => messages.push(String(data)));
    for (const view of allLiveViews) {
      socket.send(JSON.stringify({ type: 'subscribe', id: view.name, view: view.name, params: paramsOf(view.name) }));
    }
    await expect.poll(() => messages.length).toBeGreaterThanOrEqual(allLiveViews.length);
    for (const stream of allStreams) {
      const follow = await test.app.injectWS(`/api/v1${pathOf(stream.path, world.own)}`, wsHeaders(stream.subprotocol));
      follow.on('message', (data) => messages.push(String(data)));
      await saidAll(follow);
      follow.terminate();
    }
    socket.terminate();
    for (const [index, message] of messages.entries()) said.set(`message ${index}`, message);
    expect(hits(said)).toEqual([]);
  });

  it('S15 S16 finds no secret in what 60 failures of a cluster leave behind', async () => {
    expect(badAnswers).toHaveLength(60);
    const before = upstream.seen();
    const asked = ['readPodLogs', 'readLiveObject', 'previewRelease', 'verifyCluster'];
    for (const bad of badAnswers) {
      upstream.answerWith(bad);
      for (const endpoint of allEndpoints.filter(({ name }) => asked.includes(name))) {
        const placed = placedEndpoints[endpoint.name];
        if (placed !== undefined) await owner.request(requestOf(endpoint, placed, world.own, world.own));
      }
    }
    upstream.answerWith(undefined);
    expect(upstream.seen() - before).toBeGreaterThan(badAnswers.length);
    expect(hits(said)).toEqual([]);
  });

  it('S16 finds no secret in refusals of input that holds one', async () => {
    const server = 'https://127.0.0.1:1';
    const kubeconfig = `clusters: [{name: c, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {exec: {command: ${canary}, args: [${canary}]}}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]`;
    const accesses = [
      { kind: 'kubeconfig', kubeconfig },
      { kind: 'kubeconfig', kubeconfig: `{{{ ${canary}` },
      { kind: 'token', server, token: `${canary}\n` },
      { kind: 'client_certificate', server, certificatePem: canary, keyPem: canary },
    ];
    for (const access of accesses)
      await owner.request({ method: 'POST', url: '/clusters/verifications', payload: { access } });
    for (const name of [testOwner.name, 'nobody-of-this-name']) {
      await owner.request({ method: 'POST', url: '/auth/sign-in', payload: { name, password: `${canary}-password` } });
    }
    await owner.request({
      method: 'GET',
      url: '/me',
      headers: { 'x-api-key': canary, referer: `https://x.example/?k=${canary}` },
    });
    expect(hits(said)).toEqual([]);
  });

  it('S16 finds no secret in the log', () => {
    expect(test.logged.length).toBeGreaterThan(100);
    expect(hits(test.logged.map((line) => ['log', line] as const))).toEqual([]);
  });

  it('S15 S16 finds no secret in any column of the database, the trail among them', async () => {
    const { pool } = test.database;
    const tables = await pool.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    );
    const rows: [string, string][] = [];
    for (const { name } of tables.rows) {
      const { rows: found } = await pool.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      for (const { text } of found) rows.push([name, text]);
    }
    expect(rows.some(([name]) => name.endsWith('clusters_credential'))).toBe(true);
    expect(rows.some(([name]) => name.endsWith('audit_event'))).toBe(true);
    expect(hits(rows)).toEqual([]);
  });
});

function wsHeaders(subprotocol: string) {
  return { headers: { origin: testOrigin, cookie: owner.cookie, 'sec-websocket-protocol': subprotocol } };
}

function paramsOf(view: string): object {
  if (view === 'releases.release') return { id: world.own.rel };
  if (view === 'pipelines.deliveries') return { project: world.own.prj };
  return view === 'inventory.objects' ? { plural: 'pods' } : {};
}
