import { expect, it } from 'vitest';
import { readRollout } from './read-rollout.ts';
import type { Kube, RolloutLists, RolloutPlace } from './rollout-lists.ts';

const place = { namespace: 'shop', application: 'cart', environment: 'prod' } as unknown as RolloutPlace;
const gate = { workloads: [{ kind: 'Deployment', name: 'cart', uid: 'd', generation: 1 }] };
const ours = { 'app.kubernetes.io/name': 'cart', 'quarterdeck.dev/environment': 'prod' };

/** A Deployment whose image is not there, its pods labelled so; what is found by which labels is noted. */
function listsOf(labels: Record<string, string>): { lists: RolloutLists; asked: string[] } {
  const asked: string[] = [];
  const template = { metadata: { labels }, spec: {} };
  const made = { ...labels, 'pod-template-hash': 'h' };
  const owner = [{ uid: 'd' }];
  const all: Record<string, Kube[]> = {
    deployments: [
      {
        metadata: { name: 'cart', uid: 'd', generation: 1, labels: ours },
        spec: { selector: { matchLabels: labels }, template },
        status: { observedGeneration: 1 },
      },
    ],
    replicasets: [{ metadata: { uid: 's', labels: made, ownerReferences: owner }, spec: { template } }],
    pods: [
      {
        metadata: { name: 'cart-1', uid: 'p', labels: made },
        status: { containerStatuses: [{ name: 'app', image: 'x', state: { waiting: { reason: 'ErrImagePull' } } }] },
      },
    ],
  };
  const isOurs = 'quarterdeck.dev/environment' in labels;
  return {
    asked,
    lists: {
      of: async (_place, kind) => {
        asked.push(kind);
        return kind === 'deployments' || isOurs ? (all[kind] ?? []) : [];
      },
      selected: async (_place, kind, selector) => {
        asked.push(`${kind} ${JSON.stringify(selector)}`);
        return all[kind] ?? [];
      },
      events: async () => [],
      budgets: async () => [],
      nodes: async () => [],
    },
  };
}

it.each([
  ['that carry our labels are found by these', ours, ['deployments', 'pods', 'replicasets']],
  [
    'of manifests that somebody brought, by their own selector alone',
    { app: 'x' },
    ['deployments', 'pods {"app":"x"}', 'replicasets {"app":"x"}'],
  ],
] as const)('pods %s', async (_case, labels, expected) => {
  const { lists, asked } = listsOf(labels);
  const { evidence, revisions } = await readRollout(place, gate, lists);
  expect([evidence.pods.length, evidence.replicaSets.length, revisions]).toEqual([
    1,
    1,
    { 'Deployment/cart': { key: 'pod-template-hash', value: 'h' } },
  ]);
  expect(asked.toSorted()).toEqual(expected);
});
