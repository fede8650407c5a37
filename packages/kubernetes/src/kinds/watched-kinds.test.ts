import { describe, expect, it } from 'vitest';
import { caps, projectObject } from '../projection/project-object.ts';
import { cpuMilli, memoryBytes, parseQuantity } from '../projection/quantity.ts';
import type { ObjectRow } from '../projection/row.ts';
import type { Json } from '../projection/values.ts';
import { projectEvent } from './event.ts';
import { watchedKinds } from './watched-kinds.ts';

const metadata = {
  name: 'cart-1',
  namespace: 'shop',
  uid: 'u1',
  labels: { app: 'Cart' },
  creationTimestamp: '2026-11-24T10:00:00Z',
};

function project(kind: string, object: Json): ObjectRow | undefined {
  const found = watchedKinds.find((candidate) => candidate.kind === kind);
  if (found === undefined || found.project === 'event') throw new Error(`no kind ${kind}`);
  return projectObject({ metadata, ...object }, found.project);
}

function pod(status: object, spec: object = { containers: [{ name: 'app', image: 'cart:1' }] }, meta: object = {}) {
  return project('Pod', { metadata: { ...metadata, ...meta }, spec, status });
}

const running = { name: 'app', ready: true, started: true, restartCount: 2, state: { running: {} } };
const waiting = (reason: string) => ({ name: 'app', restartCount: 0, state: { waiting: { reason } } });
const ended = (exitCode: number, more: object = {}) => ({ name: 'app', state: { terminated: { exitCode, ...more } } });

describe('every kind', () => {
  it('is named once, namespaces first and events last', () => {
    const plurals = watchedKinds.map((kind) => kind.resource);
    expect(new Set(plurals).size).toBe(plurals.length);
    expect(plurals.at(0)).toBe('namespaces');
    expect(plurals.at(-1)).toBe('events');
  });

  it('S58 gives a row for an object of any shape', () => {
    const odd = [null, 1, 'x', [], [null], {}, { conditions: {} }, { containerStatuses: [null, 1, { state: 'x' }] }];
    for (const { kind } of watchedKinds.filter((candidate) => candidate.project !== 'event')) {
      for (const value of odd) {
        const row = project(kind, { spec: value, status: value });
        expect(row).toMatchObject({ name: 'cart-1', uid: 'u1' });
        expect(row?.facts, `${kind} ${JSON.stringify(value)}`).not.toHaveProperty('unreadable');
      }
    }
  });
});

describe('a pod', () => {
  it('that runs is healthy and shows readiness, restarts and node', () => {
    const row = pod(
      { phase: 'Running', containerStatuses: [running] },
      { containers: [{ name: 'app', image: 'cart:1' }], nodeName: 'n1' },
    );
    expect(row).toMatchObject({ health: 'healthy', statusText: 'Running', ready: 1, desired: 1, restarts: 2 });
    expect(row).toMatchObject({ namespace: 'shop', node: 'n1', createdAt: new Date('2026-11-24T10:00:00Z') });
  });

  const initialised = [{ type: 'Initialized', status: 'True' }];
  const unschedulable = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }];
  const gated = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }];
  it.each([
    ['ImagePullBackOff', 'failed', { phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] }],
    ['CrashLoopBackOff', 'failed', { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] }],
    ['ContainerCreating', 'updating', { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }],
    ['Pending', 'failed', { phase: 'Pending', conditions: unschedulable }],
    ['Pending', 'waiting', { phase: 'Pending' }],
    ['SchedulingGated', 'waiting', { phase: 'Pending', conditions: gated }],
    ['Completed', 'healthy', { phase: 'Succeeded', containerStatuses: [ended(0, { reason: 'Completed' })] }],
    ['OOMKilled', 'failed', { phase: 'Failed', containerStatuses: [ended(137, { reason: 'OOMKilled' })] }],
    ['ExitCode:3', 'failed', { phase: 'Failed', containerStatuses: [ended(3)] }],
    ['Signal:9', 'failed', { phase: 'Failed', containerStatuses: [ended(137, { signal: 9 })] }],
    ['Evicted', 'failed', { phase: 'Failed', reason: 'Evicted' }],
    ['Running', 'degraded', { phase: 'Running', containerStatuses: [{ ...running, ready: false }] }],
    ['Running', 'updating', { phase: 'Running', containerStatuses: [{ ...running, ready: false, started: false }] }],
    ['Init:Error', 'failed', { phase: 'Pending', initContainerStatuses: [ended(1, { reason: 'Error' })] }],
    ['Init:CrashLoopBackOff', 'failed', { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] }],
    ['Init:0/2', 'updating', { phase: 'Pending', initContainerStatuses: [{ name: 'a', state: { running: {} } }] }],
    ['Init:1/2', 'updating', { phase: 'Pending', initContainerStatuses: [ended(0), waiting('PodInitializing')] }],
    ['Running', 'healthy', { phase: 'Running', conditions: initialised, containerStatuses: [running] }],
  ])('reads %s (%s) as kubectl does', (statusText, health, status) => {
    const spec = { initContainers: [{ name: 'a' }, { name: 'b' }], containers: [{ name: 'app' }] };
    expect(pod(status, spec)).toMatchObject({ statusText, health });
  });

  it('that is being deleted is terminating, until it is over', () => {
    const meta = { deletionTimestamp: '2026-11-24T10:01:00Z' };
    expect(pod({ phase: 'Running', containerStatuses: [running] }, {}, meta)?.statusText).toBe('Terminating');
    expect(pod({ phase: 'Running', reason: 'NodeLost' }, {}, meta)?.statusText).toBe('Unknown');
    expect(pod({ phase: 'Succeeded' }, {}, meta)?.statusText).toBe('Succeeded');
  });

  it('counts a sidecar as ready and the first container’s reason as the pod’s', () => {
    const spec = {
      initContainers: [{ name: 'proxy', restartPolicy: 'Always' }],
      containers: [{ name: 'app' }, { name: 'log' }],
    };
    const row = pod(
      {
        phase: 'Running',
        conditions: initialised,
        initContainerStatuses: [{ ...running, name: 'proxy', restartCount: 1 }],
        containerStatuses: [waiting('CrashLoopBackOff'), { ...running, name: 'log' }],
      },
      spec,
    );
    expect(row).toMatchObject({ statusText: 'CrashLoopBackOff', ready: 2, desired: 3, restarts: 3 });
  });

  it('asks for its containers and sidecars together, or for its largest init container', () => {
    const ask = (cpu: string, memory: string, more: object = {}) => ({
      resources: { requests: { cpu, memory } },
      ...more,
    });
    expect(pod({}, { containers: [ask('250m', '64Mi'), ask('250m', '64Mi')] })).toMatchObject({
      cpuMilli: 500,
      memoryBytes: 134_217_728,
    });
    const sidecar = ask('100m', '1Mi', { restartPolicy: 'Always' });
    expect(pod({}, { initContainers: [sidecar, ask('2', '1Mi')], containers: [ask('500m', '1Mi')] })?.cpuMilli).toBe(
      2100,
    );
    expect(pod({}, { containers: [{}] })?.cpuMilli).toBeUndefined();
  });

  it('keeps the facts that a diagnosis needs', () => {
    const row = pod(
      {
        phase: 'Running',
        containerStatuses: [
          { ...waiting('CrashLoopBackOff'), lastState: { terminated: { reason: 'Error', exitCode: 2 } } },
        ],
      },
      {
        containers: [
          {
            ...{ name: 'app', image: 'cart:1', resources: { limits: { memory: '1Gi' } } },
            env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'api-key', key: 'key' } } }],
          },
        ],
        initContainers: [{ name: 'first', envFrom: [{ configMapRef: { name: 'settings' } }] }],
        volumes: [
          { persistentVolumeClaim: { claimName: 'data' } },
          { secret: { secretName: 'tls' } },
          { projected: { sources: [{ configMap: { name: 'ca' } }] } },
        ],
      },
    );
    expect(row?.facts).toMatchObject({
      claims: ['data'],
      secrets: ['tls', 'api-key'],
      configMaps: ['ca', 'settings'],
      containers: [
        {
          name: 'app',
          image: 'cart:1',
          state: 'waiting',
          reason: 'CrashLoopBackOff',
          lastReason: 'Error',
          lastExitCode: 2,
          limits: { memoryBytes: 1_073_741_824 },
        },
      ],
    });
    expect(row?.search).toBe('cart-1 shop cart:1 cart');
  });
});

describe('a deployment', () => {
  const whole = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const condition = (type: string, status: string, reason: string) => ({ conditions: [{ type, status, reason }] });
  it.each([
    ['healthy', 'when all are available', whole],
    ['updating', 'until the new generation is seen', { ...whole, observedGeneration: 1 }],
    ['updating', 'while old pods remain', { ...whole, replicas: 3 }],
    ['failed', 'past its deadline', { ...whole, ...condition('Progressing', 'False', 'ProgressDeadlineExceeded') }],
    ['failed', 'when pods are refused', { ...whole, ...condition('ReplicaFailure', 'True', 'FailedCreate') }],
    ['degraded', 'when available ones are lost', { ...whole, availableReplicas: 1, readyReplicas: 1 }],
  ])('is %s %s', (health, _when, status) => {
    const row = project('Deployment', {
      metadata: { ...metadata, generation: 2 },
      spec: {
        replicas: 2,
        template: { spec: { containers: [{ image: 'cart:1', resources: { requests: { cpu: '100m' } } }] } },
      },
      status,
    });
    expect(row).toMatchObject({ health, cpuMilli: 200, desired: 2, facts: { images: ['cart:1'] } });
    expect(row?.statusText).toBe(`${status.readyReplicas}/2`);
  });
});

describe('a replica set, a node, a namespace and a service', () => {
  it('show their state', () => {
    const rs = { metadata: { ...metadata, ownerReferences: [{ uid: 'x' }, { uid: 'dep', controller: true }] } };
    expect(project('ReplicaSet', { ...rs, spec: { replicas: 0 }, status: { replicas: 0 } })).toMatchObject({
      health: 'healthy',
      statusText: '0/0',
      ownerUid: 'dep',
    });
    const conditions = (ready: string, pressure: string) => [
      { type: 'Ready', status: ready },
      { type: 'MemoryPressure', status: pressure },
    ];
    const allocatable = { cpu: '7910m', memory: '30Gi' };
    expect(
      project('Node', {
        spec: { unschedulable: true },
        status: { conditions: conditions('True', 'False'), allocatable },
      }),
    ).toMatchObject({ health: 'waiting', statusText: 'Ready,SchedulingDisabled', cpuMilli: 7910 });
    expect(project('Node', { status: { conditions: conditions('Unknown', 'False') } })).toMatchObject({
      health: 'failed',
      statusText: 'NotReady',
    });
    expect(project('Node', { status: { conditions: conditions('True', 'True') } })).toMatchObject({
      health: 'degraded',
      facts: { pressure: ['MemoryPressure'] },
    });
    expect(project('Namespace', { status: { phase: 'Terminating' } })).toMatchObject({ health: 'updating' });
    expect(project('Service', { spec: { type: 'LoadBalancer', clusterIPs: ['10.0.0.9'] } })).toMatchObject({
      health: 'waiting',
      statusText: 'Pending',
      search: 'cart-1 shop 10.0.0.9 cart',
    });
  });
});

describe('hostile objects', () => {
  it('without an identity give no row', () => {
    expect(project('Pod', { metadata: {} })).toBeUndefined();
    expect(project('Pod', { metadata: null })).toBeUndefined();
    expect(project('Pod', { metadata: { name: 'a', uid: 7 } })).toBeUndefined();
  });

  it('lose U+0000, half surrogates, and dates that are none', () => {
    const row = project('Pod', {
      metadata: { ...metadata, labels: { a: 'v\0\ud800' }, creationTimestamp: '+275760-09-13T00:00:00Z' },
      status: { phase: 'Run\0ning', reason: '\udc00' },
    });
    expect(row?.createdAt).toBeUndefined();
    expect(row?.labels).toEqual({ a: 'v��' });
    expect(JSON.stringify(row)).not.toMatch(/\\u0000|\\ud800|\\udc00/);
  });

  it('keep 64 labels and 4 KiB of them', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, 'v']));
    expect(Object.keys(project('Pod', { metadata: { ...metadata, labels: many } })?.labels ?? {})).toHaveLength(
      caps.labels,
    );
    const long = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, '語'.repeat(200)]));
    const kept = project('Pod', { metadata: { ...metadata, labels: long } })?.labels;
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(caps.labelsBytes + 512);
  });

  it('S58 keep facts within 8 KiB and say what was left out', () => {
    const containers = Array.from({ length: 10_000 }, (_, index) => ({ name: `c${index}`, image: 'x'.repeat(500) }));
    const row = pod({ phase: 'Running' }, { containers });
    expect(Buffer.byteLength(JSON.stringify(row?.facts))).toBeLessThanOrEqual(caps.factsBytes);
    expect(row?.facts).toMatchObject({ phase: 'Running', truncated: ['containers'] });
    expect(row?.desired).toBe(caps.containers);
    expect(Buffer.byteLength(row?.search ?? '')).toBeLessThanOrEqual(caps.searchBytes);
  });

  it('S45 cannot reach prototypes by their keys', () => {
    const labels = JSON.parse('{"__proto__":"polluted","constructor":"x"}') as object;
    const row = project('Pod', { metadata: { ...metadata, labels } });
    expect(Object.keys(row?.labels ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('S58 whose projection throws are kept as unreadable', () => {
    const row = projectObject({ metadata }, () => {
      throw new Error('odd\0');
    });
    expect(row).toMatchObject({ name: 'cart-1', health: 'unknown', facts: { unreadable: 'odd�' } });
  });
});

describe('an event', () => {
  const base = {
    metadata: { name: 'e', uid: 'e1', namespace: 'shop' },
    involvedObject: { kind: 'Pod', name: 'a', uid: 'p' },
  };

  it('is read in its old and its new form', () => {
    const at = '2026-11-24T10:00:00Z';
    expect(projectEvent({ ...base, type: 'Warning', count: 3, firstTimestamp: at, lastTimestamp: at })).toMatchObject({
      object: 'Pod/a',
      objectUid: 'p',
      type: 'Warning',
      count: 3,
      lastAt: new Date(at),
    });
    const series = { count: 9, lastObservedTime: '2026-11-24T10:05:00.5Z' };
    expect(projectEvent({ ...base, eventTime: at, firstTimestamp: null, series })).toMatchObject({
      count: 9,
      firstAt: new Date(at),
      lastAt: new Date(series.lastObservedTime),
    });
  });

  it('belongs to its own namespace, whatever it claims to be about', () => {
    const claim = { ...base.involvedObject, namespace: 'kube-system' };
    expect(projectEvent({ ...base, involvedObject: claim, eventTime: '2026-11-24T10:00:00Z' })?.namespace).toBe('shop');
  });

  it('without any time is left out', () => expect(projectEvent(base)).toBeUndefined());
});

describe('a quantity', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1Gi', 1_073_741_824],
    ['1e3', 1000],
    ['0.5Ki', 512],
    ['-1', -1],
    ['1K', undefined],
    ['', undefined],
    ['9'.repeat(100), undefined],
    [null, undefined],
  ])('%s is %s', (given, expected) => expect(parseQuantity(given)).toBe(expected));

  it('rounds up to whole millicores and bytes, but not the noise of fractions', () => {
    expect(cpuMilli('0.3')).toBe(300);
    expect(cpuMilli('100u')).toBe(1);
    expect(memoryBytes('128974848000m')).toBe(128_974_848);
  });
});
