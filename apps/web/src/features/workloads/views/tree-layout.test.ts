import { describe, expect, it } from 'vitest';
import { layoutOf, shownPods, type TreeNode } from './tree-layout.ts';

const node = (plural: string, name: string, change: Partial<TreeNode> = {}): TreeNode => ({
  ...{ uid: `${plural}/${name}`, group: 'core', plural, kind: plural, namespace: 'shop', name },
  ...{ health: 'healthy', statusText: 'Running', ...change },
});
const line = (from: string, to: string, relation: 'owns' | 'sends' | 'uses' = 'owns') => ({ from, to, relation });

const cart = [
  node('secrets', 'password'),
  node('pods', 'b'),
  node('pods', 'a'),
  node('replicasets', 'new'),
  node('deployments', 'cart'),
  node('services', 'cart'),
];
const lines = [
  line('deployments/cart', 'replicasets/new'),
  line('replicasets/new', 'pods/a'),
  line('replicasets/new', 'pods/b'),
  line('services/cart', 'pods/b', 'sends'),
  line('pods/a', 'secrets/password', 'uses'),
];
const columnsOf = (layout: ReturnType<typeof layoutOf>) =>
  layout.placed.map(({ card, column, row }) => [card.key, column, row]);

describe('a tree', () => {
  it('reads from the workload to its pods to what they meet, without empty columns', () => {
    const layout = layoutOf({ root: 'deployments/cart', nodes: cart, edges: lines }, new Set());
    expect(columnsOf(layout)).toEqual([
      ['deployments/cart', 0, 0],
      ['replicasets/new', 1, 0],
      ['pods/b', 2, 0],
      ['pods/a', 2, 1],
      ['secrets/password', 3, 0],
      ['services/cart', 4, 0],
    ]);
    expect(layout).toMatchObject({ columns: 5, rows: 2 });
    expect(layout.lines).toHaveLength(5);
  });

  it('places a card beside what it has lines to', () => {
    const claims = ['b', 'a'].map((name) => node('persistentvolumeclaims', name));
    const edges = [...lines, ...['a', 'b'].map((n) => line(`pods/${n}`, `persistentvolumeclaims/${n}`, 'uses'))];
    const nodes = [...cart.filter(({ plural }) => plural !== 'secrets'), ...claims.toReversed()];
    const { placed } = layoutOf({ root: 'deployments/cart', nodes, edges }, new Set());
    const rowOf = (key: string) => placed.find(({ card }) => card.key === key)?.row;
    for (const name of ['a', 'b']) expect(rowOf(`persistentvolumeclaims/${name}`)).toBe(rowOf(`pods/${name}`));
  });

  it('folds many pods of one owner, with their lines, and opens them', () => {
    const pods = Array.from({ length: 30 }, (_, n) => node('pods', `p${n}`));
    const edges = [
      line('deployments/cart', 'replicasets/new'),
      ...pods.flatMap(({ uid }) => [line('replicasets/new', uid), line(uid, 'secrets/password', 'uses')]),
    ];
    const tree = {
      root: 'deployments/cart',
      nodes: [...cart.filter(({ plural }) => plural !== 'pods'), ...pods],
      edges,
    };
    const folded = layoutOf(tree, new Set());
    const fold = folded.placed.find(({ card }) => card.kind === 'folded')?.card;
    expect(fold).toMatchObject({ plural: 'pods', nodes: { length: 30 - shownPods } });
    expect(folded.lines).toHaveLength(1 + 2 * (shownPods + 1));
    const open = layoutOf(tree, new Set([fold?.key ?? '']));
    expect(open.placed.every(({ card }) => card.kind === 'object')).toBe(true);
    expect(open.lines).toHaveLength(edges.length);
  });

  it('folds ReplicaSets without pods behind the newest of them', () => {
    const old = Array.from({ length: 6 }, (_, n) =>
      node('replicasets', `old-${n}`, { createdAt: `2026-11-0${n + 1}T00:00:00Z` }),
    );
    const edges = [...lines, ...old.map(({ uid }) => line('deployments/cart', uid))];
    const { placed } = layoutOf({ root: 'deployments/cart', nodes: [...cart, ...old], edges }, new Set());
    const sets = placed.flatMap(({ card }) => (card.kind === 'object' ? card.node.name : card.nodes.length));
    expect(sets).toEqual(expect.arrayContaining(['new', 'old-5', 'old-4', 4]));
    expect(sets).not.toContain('old-3');
  });
});
