import type { ClusterClient, ClusterRequest } from '@quarterdeck/kubernetes';
import { expect, it } from 'vitest';
import { askTogether } from './ask-together.ts';

/** A cluster that answers with how often it was asked for the path. */
function start() {
  const asked: string[] = [];
  const request = async ({ path, identity }: ClusterRequest) => {
    asked.push(path);
    return { status: 200, headers: {}, body: { path, identity, times: asked.filter((one) => one === path).length } };
  };
  return { asked, client: { request } as unknown as ClusterClient };
}

const quotas = '/api/v1/namespaces/shop/resourcequotas';
const as = (user: string, group: string) => ({ user, groups: [group] });

it('those who read the same at the same time ask once, and who comes later asks anew', async () => {
  const { asked, client } = start();
  const read = (user: string) =>
    askTogether<{ times: number }>(client, { path: quotas, identity: as(user, 'p1'), priority: 'deploy' });
  const [one, other] = await Promise.all([read('release-1'), read('release-2')]);
  expect([one.body.times, other.body.times, asked.length]).toEqual([1, 1, 1]);
  expect((await read('release-3')).body.times).toBe(2);
});

it('who belongs to another project, or asks another cluster, has an answer of their own', async () => {
  const [here, there] = [start(), start()];
  const reads = [
    askTogether<{ identity: object }>(here.client, { path: quotas, identity: as('a', 'p1'), priority: 'deploy' }),
    askTogether<{ identity: object }>(here.client, { path: quotas, identity: as('b', 'p2'), priority: 'deploy' }),
    askTogether<{ identity: object }>(there.client, { path: quotas, identity: as('a', 'p1'), priority: 'deploy' }),
  ];
  expect((await Promise.all(reads)).map(({ body }) => body.identity)).toEqual([
    as('a', 'p1'),
    as('b', 'p2'),
    as('a', 'p1'),
  ]);
  expect([here.asked.length, there.asked.length]).toEqual([2, 1]);
});
