import type { ClusterClient } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import { createRolloutLists, type Kube, type RolloutPlace } from './rollout-lists.ts';

const pod = (name: string, labels: Record<string, string>): Kube => ({ metadata: { name, labels } });

/** A namespace of these pods, whose cluster takes any selector of one label for what it is. */
function start(pods: readonly Kube[]) {
  const asked: (string | undefined)[] = [];
  const request = async ({ query }: { query: { labelSelector?: string } }) => {
    asked.push(query.labelSelector);
    const [, key = '', values = ''] = /^(.+) in \((.+)\)$/.exec(query.labelSelector ?? '') ?? [];
    const items = pods.filter(
      ({ metadata }) =>
        query.labelSelector === undefined || values.split(',').includes(metadata?.labels?.[key] ?? 'none'),
    );
    return { status: 200, headers: {}, body: { items } };
  };
  const place: RolloutPlace = {
    client: { request } as unknown as ClusterClient,
    ...{ clusterId: 'clu_1', namespace: 'shop', application: 'web', environment: 'prod' },
    identity: { user: 'release', groups: [] },
  };
  const lists = createRolloutLists();
  const namesOf = async (labels: Record<string, string>) =>
    (await lists.selected(place, 'pods', labels)).map(({ metadata }) => metadata?.name);
  return { asked, namesOf };
}

describe('pods that do not carry our labels', () => {
  it('are listed once for all workloads that are watched at the same time', async () => {
    const { asked, namesOf } = start([pod('cart-1', { app: 'cart' }), pod('mail-1', { app: 'mail' })]);
    expect(await Promise.all(['cart', 'mail', 'gone'].map((app) => namesOf({ app })))).toEqual([
      ['cart-1'],
      ['mail-1'],
      [],
    ]);
    expect(asked).toEqual(['app in (cart,mail,gone)']);
  });

  it('are those that carry every label of the selector', async () => {
    const { asked, namesOf } = start([
      pod('web', { app: 'cart', tier: 'web' }),
      pod('jobs', { app: 'cart', tier: 'jobs' }),
    ]);
    const both = await Promise.all([namesOf({ tier: 'jobs', app: 'cart' }), namesOf({ app: 'cart', tier: 'web' })]);
    expect(both).toEqual([['jobs'], ['web']]);
    expect(asked).toHaveLength(1);
  });

  it('are all of the namespace where a selector names no label', async () => {
    const { namesOf } = start([pod('web', { app: 'cart' }), pod('bare', {})]);
    expect(await namesOf({})).toEqual(['web', 'bare']);
  });
});
