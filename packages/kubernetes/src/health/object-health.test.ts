import { describe, expect, it } from 'vitest';
import { objectHealth } from './object-health.ts';

const metadata = { name: 'web', generation: 2 };
const full = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
const deployment = (status: object, more: object = {}) => ({
  kind: 'Deployment',
  metadata: { ...metadata, ...more },
  spec: { replicas: 3 },
  status,
});
const condition = (type: string, status: string, reason?: string) => [{ type, status, reason, message: `${type}!` }];

describe('a Deployment', () => {
  it.each([
    ['complete', full, 'current'],
    ['of an older generation', { ...full, observedGeneration: 1 }, 'in_progress'],
    ['never seen', {}, 'in_progress'],
    ['half updated', { ...full, updatedReplicas: 2 }, 'in_progress'],
    ['with old pods left', { ...full, replicas: 4 }, 'in_progress'],
    ['not ready', { ...full, readyReplicas: 2, availableReplicas: 2 }, 'in_progress'],
    ['not available', { ...full, availableReplicas: 2 }, 'in_progress'],
    [
      'past its deadline',
      { ...full, updatedReplicas: 1, conditions: condition('Progressing', 'False', 'ProgressDeadlineExceeded') },
      'failed',
    ],
    ['stalled', { ...full, conditions: condition('Stalled', 'True') }, 'failed'],
  ])('%s is %s', (_case, status, state) => {
    expect(objectHealth(deployment(status)).state).toBe(state);
  });

  it('that is being deleted is nothing else', () => {
    expect(objectHealth(deployment(full, { deletionTimestamp: '2026-01-01T00:00:00Z' })).state).toBe('terminating');
  });

  it('says in words what is missing', () => {
    expect(objectHealth(deployment({ ...full, readyReplicas: 1 })).detail).toBe('1 of 3 pods are ready.');
  });

  it('with no replicas asked for is complete without any', () => {
    const object = { kind: 'Deployment', metadata, spec: { replicas: 0 }, status: { observedGeneration: 2 } };
    expect(objectHealth(object).state).toBe('current');
  });
});

describe('other kinds', () => {
  const of = (kind: string, status: object, spec: object = {}) => objectHealth({ kind, metadata, spec, status }).state;

  it('a StatefulSet and a DaemonSet want their pods ready and of this revision', () => {
    const spec = { replicas: 2 };
    expect(of('StatefulSet', { readyReplicas: 2, updatedReplicas: 2 }, spec)).toBe('current');
    expect(of('StatefulSet', { readyReplicas: 2, updatedReplicas: 1 }, spec)).toBe('in_progress');
    const set = { desiredNumberScheduled: 3, numberReady: 3, numberAvailable: 3, updatedNumberScheduled: 3 };
    expect(of('DaemonSet', set)).toBe('current');
    expect(of('DaemonSet', { ...set, numberReady: 2 })).toBe('in_progress');
    expect(of('DaemonSet', { ...set, updatedNumberScheduled: 2 })).toBe('in_progress');
  });

  it('pods that keep the old revision on purpose are not waited for', () => {
    const status = { readyReplicas: 3, updatedReplicas: 1, updateRevision: 'b', currentRevision: 'a' };
    const rolling = (partition: number) => ({ replicas: 3, updateStrategy: { rollingUpdate: { partition } } });
    expect(of('StatefulSet', status, rolling(1))).toBe('in_progress');
    expect(of('StatefulSet', status, rolling(2))).toBe('current');
    expect(of('StatefulSet', { ...status, currentRevision: 'b' }, rolling(0))).toBe('current');
    const byHand = {
      kind: 'StatefulSet',
      metadata,
      spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } },
      status,
    };
    expect(objectHealth(byHand)).toMatchObject({ state: 'current', detail: expect.stringContaining('2 on the old') });
  });

  it('a Job wants to be complete, or suspended', () => {
    expect(of('Job', {})).toBe('in_progress');
    expect(of('Job', { conditions: condition('Complete', 'True') })).toBe('current');
    expect(of('Job', { conditions: condition('Failed', 'True') })).toBe('failed');
    expect(of('Job', {}, { suspend: true })).toBe('current');
  });

  it('a claim wants to be bound; a Service only to exist; anything else its Ready', () => {
    expect(of('PersistentVolumeClaim', { phase: 'Pending' })).toBe('in_progress');
    expect(of('PersistentVolumeClaim', { phase: 'Bound' })).toBe('current');
    expect(of('Service', { loadBalancer: {} })).toBe('current');
    expect(of('Certificate', { conditions: condition('Ready', 'False') })).toBe('in_progress');
    expect(of('Certificate', { conditions: condition('Ready', 'True') })).toBe('current');
  });
});
