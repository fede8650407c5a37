import { createClusterClient } from '@quarterdeck/kubernetes';
import { createAddressGuard } from '@quarterdeck/outbound';
import { describe, expect, it } from 'vitest';
import { deployerIdentity } from './deployer-identity.ts';

describe('a release inside a cluster', () => {
  it('goes as the deployer, in the group of its project there', () => {
    expect(deployerIdentity(7, { actor: 'Dev', release: 'rel_1' })).toEqual({
      user: 'quarterdeck:deployer',
      groups: ['quarterdeck:members', 'quarterdeck:p007:deployers'],
      extra: { 'quarterdeck.dev/actor': ['Dev'], 'quarterdeck.dev/release': ['rel_1'] },
    });
  });

  it('may nothing where its project has no number yet', () => {
    expect(deployerIdentity(undefined, { actor: 'Dev' }).groups).toEqual(['quarterdeck:members']);
  });

  it('S03 does not leave without an actor', async () => {
    const endpoint = { server: 'https://127.0.0.1:1', credential: { kind: 'token' as const, token: 'x' } };
    const client = createClusterClient({ endpoint, guard: createAddressGuard({ allow: ['127.0.0.1/32:1'] }) });
    for (const actor of ['', ' ', '\n']) {
      const identity = deployerIdentity(7, { actor });
      await expect(client.request({ method: 'GET', path: '/api', identity })).rejects.toMatchObject({
        code: 'identity_refused',
      });
    }
    await client.close();
  });
});
