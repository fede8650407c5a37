import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';

const metadata = { name: 'web-1', namespace: 'shop', uid: 'pod-1' };
const spec = {
  containers: [{ name: 'app', image: 'registry.example/web:1', resources: { limits: { memory: '64Mi' } } }],
};
const app = { name: 'app', image: 'registry.example/web:1', restartCount: 0 };
const podOf = (...containerStatuses: object[]) => ({ metadata, spec, status: { containerStatuses } });
const waiting = (reason: string, message?: string, more: object = {}) =>
  podOf({ ...app, state: { waiting: { reason, message } }, ...more });
const event = (message: string, uid = 'pod-1') => ({ type: 'Warning', message, involvedObject: { uid } });
const unscheduled = (message: string) => ({
  metadata,
  spec,
  status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
});
const replicaSet = (message: string) => ({
  metadata: { name: 'web-abc', namespace: 'shop' },
  status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] },
});
const none = { replicaSets: [], pods: [], events: [] };
const ofPod = (pod: object, ...events: object[]) => diagnose({ ...none, pods: [pod], events });

describe('the cause', () => {
  it.each([
    ['manifest unknown', 'not in the registry'],
    ['401 Unauthorized', 'refuses access'],
    ['i/o timeout', 'did not give it out'],
  ])('of an image that cannot be pulled is told from "%s"', (message, words) => {
    expect(ofPod(waiting('ErrImagePull', message))).toMatchObject({
      code: 'image_pull',
      summary: expect.stringContaining(words),
      evidence: [message],
      object: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
    });
  });

  it('of an init container holds the pod back, whatever its own cause is', () => {
    const status = { ...app, name: 'migrate', state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 4 };
    const pod = { ...waiting('PodInitializing'), spec, metadata };
    expect(ofPod({ ...pod, status: { ...pod.status, initContainerStatuses: [status] } })).toMatchObject({
      code: 'init_failed',
      summary: 'Init container migrate holds the pod back. Container migrate ends again and again.',
      evidence: ['CrashLoopBackOff, 4 restarts'],
    });
    const done = { ...app, name: 'migrate', state: { terminated: { exitCode: 0, reason: 'Completed' } } };
    expect(ofPod({ ...pod, status: { ...pod.status, initContainerStatuses: [done] } })).toBeUndefined();
  });

  it('of a container that ends again and again has its exit code', () => {
    const lastState = { terminated: { exitCode: 3, reason: 'Error' } };
    expect(ofPod(waiting('CrashLoopBackOff', 'back-off', { lastState, restartCount: 2 }))).toMatchObject({
      code: 'crash_loop',
      summary: expect.stringContaining('exit code 3'),
    });
    expect(ofPod(podOf({ ...app, restartCount: 1, state: { running: {} }, lastState }))).toBeUndefined();
  });

  it('of too much memory has the limit', () => {
    const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    expect(ofPod(waiting('CrashLoopBackOff', undefined, { lastState, restartCount: 2 }))).toMatchObject({
      code: 'oom_killed',
      summary: expect.stringContaining('64Mi'),
    });
  });

  it.each([
    ['secret "web-env" not found', 'secret_missing'],
    ['configmap "web" not found', 'config_missing'],
  ])('of %s is %s, referred to or mounted', (message, code) => {
    expect(ofPod(waiting('CreateContainerConfigError', message))?.code).toBe(code);
    expect(
      ofPod(waiting('ContainerCreating'), event(`MountVolume.SetUp failed for volume "v" : ${message}`))?.code,
    ).toBe(code);
  });

  it('of a key that is not there names the key', () => {
    const verdict = ofPod(waiting('CreateContainerConfigError', "couldn't find key url in Secret shop/db"));
    expect(verdict).toMatchObject({
      code: 'secret_missing',
      summary: 'Secret db has no key url, which the container needs.',
      nextStep: expect.stringContaining('Add key url'),
    });
  });

  it.each([
    ['0/3 nodes are available: 3 Insufficient cpu.', 'unschedulable_resources'],
    ['0/3 nodes are available: 3 node(s) had untolerated taint {gpu: true}.', 'unschedulable_taint'],
    ["0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", 'unschedulable_affinity'],
    ['0/3 nodes are available: 3 node(s) were unschedulable.', 'unschedulable_taint'],
    ['0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 'volume_pending'],
  ])('of "%s" is %s', (message, code) => {
    expect(ofPod(unscheduled(message))).toMatchObject({ code, evidence: [message] });
  });

  it.each([
    [
      'no node has what it selects',
      { disk: 'nvme' },
      'unschedulable_affinity',
      'nodeSelector disk=nvme matches none of 2',
    ],
    [
      'nodes that it selects are tainted',
      { gpu: 'yes' },
      'unschedulable_taint',
      '1 of 2 nodes fit, and are tainted: gpu=true',
    ],
  ])('of words that name both a taint and a selector is found by asking the nodes: %s', (_, selector, code, seen) => {
    const message =
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s).";
    const pod = unscheduled(message);
    Object.assign(pod, { spec: { nodeSelector: selector } });
    const nodes = [
      { metadata: { name: 'plain', labels: {} } },
      {
        metadata: { name: 'gpu', labels: { gpu: 'yes' } },
        spec: { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] },
      },
    ];
    const verdict = diagnose({ ...none, pods: [pod], nodes });
    expect([verdict?.code, verdict?.evidence[1]]).toEqual([code, expect.stringContaining(seen)]);
  });

  it('of a pod without a node waits for one: 30 s, and 3 min when a node is ordered', () => {
    const pod = unscheduled('0/3 nodes are available: 3 Insufficient cpu.');
    const since = '2026-01-01T00:00:00Z';
    Object.assign(pod.status.conditions[0] ?? {}, { lastTransitionTime: since });
    const ordered = { type: 'Normal', reason: 'TriggeredScaleUp', involvedObject: { uid: 'pod-1' } };
    const after = (seconds: number, events: object[]) =>
      diagnose({ ...none, pods: [pod], events, now: Date.parse(since) + seconds * 1000 })?.code;
    expect([after(29, []), after(31, []), after(179, [ordered]), after(181, [ordered])]).toEqual([
      undefined,
      'unschedulable_resources',
      undefined,
      'unschedulable_resources',
    ]);
  });

  it('of a pod that waits for a node which a budget keeps from being emptied is the budget', () => {
    const pod = unscheduled('0/2 nodes are available: 2 node(s) were unschedulable.');
    const tainted = { taints: [{ key: 'gpu', effect: 'NoSchedule' }] };
    const nodes = [
      { metadata: { name: 'n1' }, spec: { unschedulable: true } },
      { metadata: { name: 'n2' }, spec: tainted },
    ];
    const labels = { app: 'web' };
    const old = (nodeName: string) => ({ metadata: { name: 'web-0', labels }, spec: { nodeName } });
    const budget = (disruptionsAllowed: number) => ({
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { matchLabels: labels } },
      status: { disruptionsAllowed, expectedPods: 2, currentHealthy: 2, desiredHealthy: 2 },
    });
    const of = (allowed: number, node: string) =>
      diagnose({ ...none, pods: [pod], nodes, budgets: [budget(allowed)], otherPods: [old(node)] });
    expect(of(0, 'n1')).toMatchObject({
      code: 'pdb_blocked',
      object: { kind: 'PodDisruptionBudget', name: 'web' },
      evidence: [
        'PodDisruptionBudget web: 2 healthy, 2 needed, 0 may be disrupted.',
        'Node n1 is cordoned and still has pod web-0.',
      ],
    });
    expect([of(1, 'n1')?.code, of(0, 'n2')?.code]).toEqual(['unschedulable_taint', 'unschedulable_taint']);
  });

  it.each([
    ['pods "web-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2', 'quota_exceeded'],
    ['admission webhook "policy.example" denied the request: no', 'admission_denied'],
    ['pods "web-1" is forbidden: violates PodSecurity "restricted:latest"', 'admission_denied'],
    ['error looking up service account shop/web', 'create_failed'],
  ])('of pods that cannot be made, "%s", is %s', (message, code) => {
    expect(diagnose({ ...none, replicaSets: [replicaSet(message)] })).toMatchObject({
      code,
      evidence: [message],
      object: { kind: 'ReplicaSet', name: 'web-abc' },
    });
  });

  it('of a failing liveness probe wants two kills', () => {
    const pod = (restartCount: number) => podOf({ ...app, restartCount, state: { running: {} } });
    const failed = event('Liveness probe failed: HTTP probe failed with statuscode: 500');
    expect(ofPod(pod(1), failed)).toBeUndefined();
    expect(ofPod(pod(2), failed)?.code).toBe('probe_failing');
  });

  it('of a failing readiness probe is named when the deadline has passed, not while the pod starts', () => {
    const pods = [podOf({ ...app, state: { running: {} } })];
    const events = [event('Readiness probe failed: connection refused')];
    const progressing = (reason: string) => ({
      status: { conditions: [{ type: 'Progressing', status: 'False', reason }] },
    });
    const at = (reason: string) => diagnose({ deployment: progressing(reason), replicaSets: [], pods, events });
    expect(at('ReplicaSetUpdated')).toBeUndefined();
    expect(at('ProgressDeadlineExceeded')).toMatchObject({ code: 'probe_failing', evidence: [events[0]?.message] });
  });

  it('is not sought in the events of other pods, nor in a pod that runs', () => {
    const mount = 'MountVolume.SetUp failed for volume "v" : secret "x" not found';
    expect(ofPod(waiting('ContainerCreating'), event(mount, 'other'))).toBeUndefined();
    expect(ofPod(podOf({ ...app, ready: true, state: { running: {} } }))).toBeUndefined();
  });

  it.each([undefined, null, 1, 'x', [], { status: 1 }, { status: { containerStatuses: 'x', conditions: [null] } }])(
    'of an object of no known shape, %j, is unknown',
    (pod) => {
      expect(diagnose({ deployment: pod, replicaSets: [pod], pods: [pod], events: [pod] })).toBeUndefined();
    },
  );
});
