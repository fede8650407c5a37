import type { DeedPreview, InventoryObject } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { byCluster, ownersOf } from './impact.ts';

const row = (cluster: string, namespace: string | undefined, name: string, more: Partial<InventoryObject> = {}) =>
  ({
    id: `${cluster}/${namespace}/${name}`,
    cluster,
    namespace,
    name,
    group: 'apps',
    plural: 'deployments',
    kind: 'Deployment',
    labels: {},
    ...more,
  }) as InventoryObject;

const answers = (given: Record<string, Partial<DeedPreview>>) =>
  new Map(Object.entries(given).map(([id, answer]) => [id, { warnings: [], ...answer }]));

describe('what a deed on many objects touches', () => {
  it('is told by cluster, with the namespaces', () => {
    const rows = [
      row('nb-1', 'shop', 'a'),
      row('bj-1', 'shop', 'a'),
      row('bj-1', 'cart', 'b'),
      row('bj-1', 'shop', 'c'),
    ];
    expect(byCluster({ rows, answers: new Map() })).toEqual([
      { cluster: 'bj-1', count: 3, namespaces: ['cart', 'shop'] },
      { cluster: 'nb-1', count: 1, namespaces: ['shop'] },
    ]);
  });

  it('counts replicas before and after of those whose cluster has answered', () => {
    const rows = [row('bj-1', 'shop', 'a'), row('bj-1', 'shop', 'b'), row('bj-1', 'shop', 'c')];
    const asked = answers({
      'bj-1/shop/a': { replicas: { before: 2, after: 5 } },
      'bj-1/shop/b': { replicas: { before: 9, after: 5 } },
    });
    expect(byCluster({ rows, answers: asked })[0]?.replicas).toEqual({ before: 11, after: 10 });
  });

  it('names the applications, what made them, and what an autoscaler sizes', () => {
    const labels = { 'quarterdeck.dev/application': 'cart', 'quarterdeck.dev/environment': 'prod' };
    const rows = [row('bj-1', 'shop', 'a', { labels }), row('nb-1', 'shop', 'a', { labels }), row('nb-1', 'x', 'b')];
    const scaler = row('nb-1', 'x', 'scaler', { facts: { target: 'Deployment/b' } });
    const elsewhere = row('bj-1', 'x', 'scaler', { facts: { target: 'Deployment/b' } });
    const asked = answers({ 'nb-1/x/b': { owner: { kind: 'Shop', name: 'main' } } });
    expect(ownersOf({ rows, answers: asked }, [scaler, elsewhere])).toEqual({
      applications: [{ name: 'cart prod', count: 2 }],
      makers: [{ name: 'Shop main', count: 1 }],
      autoscaled: ['b (nb-1)'],
      alone: 0,
    });
  });

  it('names kinds alone where many made them', () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((name) => row('bj-1', 'shop', name));
    const asked = answers(
      Object.fromEntries(rows.map(({ id, name }) => [id, { owner: { kind: 'ReplicaSet', name } }])),
    );
    expect(ownersOf({ rows, answers: asked }, []).makers).toEqual([{ name: 'ReplicaSet', count: 5 }]);
  });

  it('counts pods that nobody makes again', () => {
    const pod = { group: 'core', plural: 'pods', kind: 'Pod' };
    const rows = [row('bj-1', 'shop', 'a', pod), row('bj-1', 'shop', 'b', { ...pod, ownerUid: 'u' })];
    expect(ownersOf({ rows, answers: new Map() }, []).alone).toBe(1);
  });
});
