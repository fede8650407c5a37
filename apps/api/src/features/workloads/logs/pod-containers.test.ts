import { describe, expect, it } from 'vitest';
import { containersOf, defaultContainerOf, type Pod, stateOf } from './pod-containers.ts';

const pod = (status: Pod['status'] = {}): Pod => ({
  spec: { containers: [{ name: 'app' }, { name: 'side' }] },
  status,
});
const app = (status: object, phase = 'Running'): Pod['status'] => ({
  phase,
  containerStatuses: [{ name: 'app', ...status }],
});

describe('how a container stands', () => {
  it('is waiting, for what its status says or a node', () => {
    const waiting = app({ state: { waiting: { reason: 'ImagePullBackOff' } } }, 'Pending');
    expect(stateOf(pod(waiting), 'app')).toEqual({ kind: 'waiting', instance: 0, reason: 'ImagePullBackOff' });
    expect(stateOf(pod(), 'app')).toEqual({ kind: 'waiting', instance: 0, reason: 'Pending' });
  });

  it('is never told in a text that a cluster made up', () => {
    const waiting = app({ state: { waiting: { reason: '<b>Call 555</b>' } } }, 'Pending');
    expect(stateOf(pod(waiting), 'app')).toMatchObject({ reason: 'Pending' });
  });

  it('is running, or between two instances ended and to be started again', () => {
    expect(stateOf(pod(app({ restartCount: 2, state: { running: {} } })), 'app')).toEqual({
      kind: 'running',
      instance: 2,
    });
    const crashed = app({
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    });
    const state = { kind: 'ended', instance: 3, exitCode: 137, reason: 'OOMKilled', isLast: false };
    expect(stateOf(pod(crashed), 'app')).toEqual(state);
  });

  it.each([
    [undefined, 1, false],
    ['Always', 0, false],
    ['OnFailure', 1, false],
    ['OnFailure', 0, true],
    ['Never', 1, true],
  ])('ended under the policy %s with exit code %i, for good: %s', (restartPolicy, exitCode, isLast) => {
    const ended = pod(app({ state: { terminated: { exitCode } } }));
    const spec = { ...ended.spec, ...(restartPolicy === undefined ? {} : { restartPolicy }) };
    expect(stateOf({ ...ended, spec }, 'app')).toMatchObject({ kind: 'ended', isLast });
  });

  it('has ended for good with its pod, and is nothing where the pod has no such container', () => {
    expect(stateOf(pod({ phase: 'Failed' }), 'app')).toEqual({ kind: 'ended', instance: 0, isLast: true });
    expect(stateOf(pod(), 'none')).toBeUndefined();
  });
});

describe('the containers of a pod', () => {
  it('are its own, those that run beside them, and of the others that prepared it the ones that failed', () => {
    const initContainers = [{ name: 'done' }, { name: 'broken' }, { name: 'proxy', restartPolicy: 'Always' }];
    const initContainerStatuses = [
      { name: 'done', state: { terminated: { exitCode: 0 } } },
      { name: 'broken', state: { terminated: { exitCode: 1 } } },
    ];
    const { spec } = pod();
    expect(containersOf({ spec: { ...spec, initContainers }, status: { initContainerStatuses } })).toEqual([
      'app',
      'side',
      'broken',
      'proxy',
    ]);
  });
});

describe('the container that is meant', () => {
  it('is the one the pod names, else its first', () => {
    expect(defaultContainerOf(pod())).toBe('app');
    const annotations = { 'kubectl.kubernetes.io/default-container': 'side' };
    expect(defaultContainerOf({ ...pod(), metadata: { annotations } })).toBe('side');
    expect(() => defaultContainerOf({})).toThrow('no container');
  });
});
