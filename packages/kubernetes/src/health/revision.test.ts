import { describe, expect, it } from 'vitest';
import { isOddPod, newestRevision } from './revision.ts';

const owned = (uid: string) => ({ ownerReferences: [{ uid }] });
const template = (image: string, labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ image }] },
});
const pod = (name: string, labels: object, uid = 'w') => ({ metadata: { name, labels, ...owned(uid) } });
const names = (pods: readonly { metadata: { name?: string } }[]) => pods.map(({ metadata }) => metadata.name);

describe('the newest revision', () => {
  it('of a Deployment is the ReplicaSet with its template, whatever revision that is said to be', () => {
    const deployment = { metadata: { uid: 'w' }, spec: { template: template('web:2') } };
    const set = (hash: string, image: string, uid: string) => ({
      metadata: { ...owned(uid), labels: { 'pod-template-hash': hash } },
      spec: { template: template(image, { 'pod-template-hash': hash }) },
    });
    const replicaSets = [set('x', 'web:2', 'another'), set('a', 'web:1', 'w'), set('b', 'web:2', 'w')];
    const pods = [pod('old', { 'pod-template-hash': 'a' }), pod('new', { 'pod-template-hash': 'b' })];
    const found = newestRevision<object>('Deployment', deployment, { replicaSets, pods });
    expect([found.label?.value, found.set, found.pods]).toEqual(['b', replicaSets[2], [pods[1]]]);
    expect(newestRevision<object>('Deployment', deployment, { replicaSets: [], pods }).pods).toEqual([]);
  });

  it('of a StatefulSet and a DaemonSet is named by a label of their pods', () => {
    const pods = [
      pod('a', { 'controller-revision-hash': 'r2', 'pod-template-generation': '1' }),
      pod('b', { 'controller-revision-hash': 'r1', 'pod-template-generation': '2' }),
      pod('c', { 'controller-revision-hash': 'r2', 'pod-template-generation': '2' }, 'another'),
    ];
    const annotations = { 'deprecated.daemonset.template.generation': '2' };
    const workload = { metadata: { uid: 'w', annotations }, status: { updateRevision: 'r2' } };
    const of = (kind: 'StatefulSet' | 'DaemonSet') =>
      names(newestRevision<(typeof pods)[number]>(kind, workload as never, { replicaSets: [], pods }).pods);
    expect([of('StatefulSet'), of('DaemonSet')]).toEqual([['a'], ['b']]);
  });
});

describe('a pod', () => {
  const now = Date.parse('2026-11-20T10:00:00Z');
  const at = (seconds: number, status: object) => ({
    metadata: { creationTimestamp: new Date(now - seconds * 1000).toISOString() },
    status,
  });
  const waits = (reason: string) => ({ containerStatuses: [{ restartCount: 0, state: { waiting: { reason } } }] });

  it.each([
    ['that has just begun', at(1, waits('ContainerCreating')), false],
    ['that takes long', at(6, waits('ContainerCreating')), true],
    ['that takes long and is ready', at(60, { conditions: [{ type: 'Ready', status: 'True' }] }), false],
    ['without its image', at(1, waits('ErrImagePull')), true],
    ['that was restarted', at(1, { containerStatuses: [{ restartCount: 1 }] }), true],
    [
      'without a node',
      at(1, { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] }),
      true,
    ],
  ])('%s: %#', (_case, object, odd) => {
    expect(isOddPod(object, now)).toBe(odd);
  });
});
