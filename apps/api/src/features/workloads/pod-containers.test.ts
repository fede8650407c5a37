import { describe, expect, it } from 'vitest';
import { defaultContainerOf, type Pod, waitingFor } from './pod-containers.ts';

const pod = (status: Pod['status'] = {}): Pod => ({
  spec: { containers: [{ name: 'app' }, { name: 'side' }] },
  status,
});
const waiting = (reason: string): Pod['status'] => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'app', state: { waiting: { reason } } }],
});

describe('what a container without a log is waiting for', () => {
  it('is what its status says, or a node', () => {
    expect(waitingFor(pod(waiting('ImagePullBackOff')), 'app')).toBe('ImagePullBackOff');
    expect(waitingFor(pod(), 'app')).toBe('Pending');
  });

  it('is nothing once the pod has ended, or when it has no such container', () => {
    expect(waitingFor(pod({ phase: 'Failed' }), 'app')).toBeUndefined();
    expect(waitingFor(pod(), 'none')).toBeUndefined();
    expect(waitingFor({}, 'app')).toBeUndefined();
  });

  it('is never a text that a cluster made up', () => {
    expect(waitingFor(pod(waiting('<b>Call 555</b>')), 'app')).toBe('Pending');
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
