import { describe, expect, it } from 'vitest';
import { judgePods } from './judge-pods.ts';

type Parts = { metadata?: object; spec?: object; status?: object };
const made = (name: string, { metadata = {}, spec = {}, status = { phase: 'Running' } }: Parts = {}) => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'cart' }, ...metadata },
  spec,
  status,
});
const ownedBy = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });
const cart = ownedBy('ReplicaSet', 'cart-1');
const scratch = { volumes: [{ name: 'tmp', emptyDir: {} }] };
const budget = (name: string, allowed: number, namespace = 'shop') => ({
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: 'cart' } } },
  status: { disruptionsAllowed: allowed, currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 },
});
const judgeOne = (parts: Parts, budgets: object[] = []) => judgePods([made('a', parts)], budgets)[0];

describe('a pod of a node that is emptied', () => {
  it('goes where a controller makes it anew', () => {
    expect(judgeOne({ metadata: cart })).toEqual({
      namespace: 'shop',
      name: 'a',
      uid: 'uid-a',
      owner: { kind: 'ReplicaSet', name: 'cart-1' },
      skip: undefined,
      losses: [],
      leaving: false,
      budgets: [],
    });
  });

  it('stays where a DaemonSet or the node itself runs it', () => {
    expect(judgeOne({ metadata: ownedBy('DaemonSet', 'agent') })?.skip).toBe('daemonset');
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    expect(judgeOne({ metadata: { annotations, ...ownedBy('Node', 'n1') } })?.skip).toBe('mirror');
  });

  it('is asked about where its data or the pod itself would be lost, unless it has ended', () => {
    expect(judgeOne({ metadata: cart, spec: scratch })?.losses).toEqual(['empty_dir_data']);
    expect(judgeOne({ spec: scratch })?.losses).toEqual(['empty_dir_data', 'bare_pod']);
    expect(judgeOne({ spec: scratch, status: { phase: 'Succeeded' } })?.losses).toEqual([]);
  });

  it('is told with its budgets, the tightest first, and those of other namespaces are none of them', () => {
    const judged = judgeOne({ metadata: cart }, [budget('loose', 2), budget('tight', 0), budget('far', 0, 'other')]);
    expect(judged?.budgets).toEqual([
      { name: 'tight', allowed: 0, healthy: 2, needed: 2, expected: 2 },
      { name: 'loose', allowed: 2, healthy: 2, needed: 2, expected: 2 },
    ]);
  });

  it('is known to be on its way, and all are in the order of their names', () => {
    const pods = [made('b'), made('a', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })];
    expect(judgePods(pods, []).map(({ name, leaving }) => [name, leaving])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});
