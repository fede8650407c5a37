import { describe, expect, it } from 'vitest';
import { causeOf, workloadOf } from './pod-cause.ts';

const pod = (facts: Record<string, unknown>, statusText = 'Pending') =>
  causeOf({ facts, statusText, health: 'failed' });
const container = (change: object) => pod({ containers: [{ name: 'app', image: 'shop/cart:1.4.2', ...change }] });

describe('why a pod does not run', () => {
  it('is an image that is not there, or that the registry refuses', () => {
    expect(container({ reason: 'ImagePullBackOff', message: 'manifest unknown' })).toMatchObject({
      code: 'image_pull',
      summary: 'Image shop/cart:1.4.2 cannot be pulled: it is not in the registry',
    });
    expect(container({ reason: 'ErrImagePull', message: '401 unauthorized' })).toMatchObject({
      summary: 'Image shop/cart:1.4.2 cannot be pulled: the registry refuses access',
      nextStep: 'Check the pull secret of the namespace.',
    });
    expect(container({ reason: 'ErrImagePull', message: 'i/o timeout' })?.summary).toBe(
      'Image shop/cart:1.4.2 cannot be pulled',
    );
  });

  it.each([
    '0/14 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    '0/14 nodes are available: persistentvolumeclaim "ledger" not found. not found',
  ])('is the volume that is not there: %s', (message) => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    expect(causeOf({ health: 'failed', statusText: 'Pending', facts: { conditions } })).toMatchObject({
      code: 'volume_pending',
      summary: 'A volume the pod needs is not bound',
      evidence: message,
    });
  });

  it('is memory before the loop it leads to', () => {
    expect(
      container({
        reason: 'CrashLoopBackOff',
        lastReason: 'OOMKilled',
        lastExitCode: 137,
        restarts: 4,
        limits: { memoryBytes: 268_435_456 },
      }),
    ).toMatchObject({
      code: 'oom_killed',
      summary: 'Container app took more memory than its limit of 256 MiB and was ended',
    });
    expect(container({ reason: 'CrashLoopBackOff', lastReason: 'Error', lastExitCode: 1, restarts: 3 })).toMatchObject({
      code: 'crash_loop',
      summary: 'Container app ends again and again with exit code 1',
    });
  });

  it.each([
    ['0/3 nodes are available: 3 Insufficient cpu. preemption: none.', 'unschedulable_resources'],
    ['0/3 nodes are available: 3 node(s) had untolerated taint {gpu: true}.', 'unschedulable_taint'],
    ["0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", 'unschedulable_affinity'],
    [
      "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector.",
      'unschedulable_affinity',
    ],
    ['no nodes available to schedule pods', 'unschedulable'],
  ])('is that no node takes it: %s', (message, code) => {
    expect(pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }] })?.code).toBe(code);
  });

  it('is told apart where something kills the container and it does not end by itself', () => {
    const kill = { reason: 'CrashLoopBackOff', lastReason: 'Error', lastExitCode: 137, restarts: 3 };
    expect(container(kill)).toMatchObject({
      code: 'probe_failing',
      summary: 'Container app is killed again and again (exit code 137)',
    });
  });

  it('is what keeps an init container from its end, before anything of the others', () => {
    const crash = { name: 'migrate', reason: 'CrashLoopBackOff', lastExitCode: 2, restarts: 5 };
    const waiting = { name: 'app', reason: 'PodInitializing' };
    const facts = { initContainers: [crash], containers: [waiting] };
    expect(causeOf({ facts, statusText: 'Init:CrashLoopBackOff', health: 'failed' })).toMatchObject({
      code: 'init_failed',
      summary: 'Before it starts: Container migrate ends again and again with exit code 2',
    });
  });

  it('is a Secret or ConfigMap that is missing', () => {
    expect(container({ reason: 'CreateContainerConfigError', message: 'secret "db" not found' })?.code).toBe(
      'secret_missing',
    );
  });

  it('is nothing while the pod is well or only starts', () => {
    expect(causeOf({ facts: {}, statusText: 'Running', health: 'healthy' })).toBeUndefined();
    expect(causeOf({ facts: {}, statusText: 'ContainerCreating', health: 'updating' })).toBeUndefined();
  });
});

describe('the workload of a pod', () => {
  it('is its name up to the hash of its template', () => {
    expect(workloadOf({ name: 'cart-7d9f-x2k', labels: { 'pod-template-hash': '7d9f' } })).toBe('cart');
    expect(workloadOf({ name: 'db-0', labels: {} })).toBe('db-0');
  });
});
