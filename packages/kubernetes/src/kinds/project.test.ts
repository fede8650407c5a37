import { describe, expect, it } from 'vitest';
import { deploymentKind } from './deployment.ts';
import { projectEvent } from './event.ts';
import type { KubeObject, WatchedKind } from './kind.ts';
import { nodeKind } from './node.ts';
import { podKind } from './pod.ts';
import { projectObject } from './project.ts';
import { quantity } from './read.ts';

const metadata = {
  name: 'cart-1',
  namespace: 'shop',
  uid: 'u1',
  labels: { app: 'cart' },
  creationTimestamp: '2026-11-24T10:00:00Z',
};
const project = (kind: WatchedKind, object: object) => projectObject(kind, { metadata, ...object } as KubeObject);

function pod(status: object, spec: object = { containers: [{ name: 'app', image: 'cart:1' }] }) {
  return project(podKind, { spec, status });
}

describe('a pod', () => {
  it('that runs is healthy', () => {
    const row = pod({
      phase: 'Running',
      containerStatuses: [{ ready: true, restartCount: 2, state: { running: {} } }],
    });
    expect(row).toMatchObject({
      health: 'healthy',
      statusText: 'Running',
      ready: 1,
      desired: 1,
      restarts: 2,
      namespace: 'shop',
    });
  });

  it.each([
    [
      'an image that cannot be pulled',
      { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      'ImagePullBackOff',
      'failed',
    ],
    [
      'a crash loop',
      { phase: 'Running', containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      'CrashLoopBackOff',
      'failed',
    ],
    [
      'a container being made',
      { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] },
      'ContainerCreating',
      'updating',
    ],
    [
      'no node',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
      },
      'Pending',
      'failed',
    ],
    [
      'work done',
      { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { reason: 'Completed', exitCode: 0 } } }] },
      'Completed',
      'healthy',
    ],
    [
      'an init container that fails',
      { phase: 'Pending', initContainerStatuses: [{ state: { terminated: { reason: 'Error', exitCode: 1 } } }] },
      'Init:Error',
      'failed',
    ],
  ])('with %s says so', (_name, status, statusText, health) => {
    expect(pod(status)).toMatchObject({ statusText, health });
  });

  it('that is deleted is terminating', () => {
    expect(
      projectObject(podKind, { metadata: { ...metadata, deletionTimestamp: 'x' }, status: { phase: 'Running' } })
        ?.statusText,
    ).toBe('Terminating');
  });

  it('sums its requests', () => {
    const resources = { requests: { cpu: '250m', memory: '64Mi' } };
    const row = pod({ phase: 'Running' }, { containers: [{ resources }, { resources }], nodeName: 'n1' });
    expect(row).toMatchObject({ cpuMilli: 500, memoryBytes: 134_217_728, node: 'n1' });
  });
});

describe('a deployment', () => {
  const status = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };
  it.each([
    ['healthy when all are ready', { ...status }, 'healthy'],
    ['updating until the new generation is seen', { ...status, observedGeneration: 0 }, 'updating'],
    ['updating while old pods remain', { ...status, replicas: 3 }, 'updating'],
    [
      'failed past its deadline',
      { ...status, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
      'failed',
    ],
    [
      'degraded when ready ones go after the rollout',
      {
        ...status,
        readyReplicas: 1,
        conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
      },
      'degraded',
    ],
  ])('is %s', (_name, given, health) => {
    const row = projectObject(deploymentKind, {
      metadata: { ...metadata, generation: 1 },
      spec: { replicas: 2 },
      status: given,
    });
    expect(row?.health).toBe(health);
  });
});

describe('a node', () => {
  it('shows pressure and cordon', () => {
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'MemoryPressure', status: 'True' },
    ];
    expect(project(nodeKind, { spec: { unschedulable: true }, status: { conditions } })).toMatchObject({
      health: 'degraded',
      statusText: 'Ready,MemoryPressure,SchedulingDisabled',
    });
  });
});

describe('hostile objects', () => {
  it('without an identity give no row', () => {
    expect(projectObject(podKind, { metadata: {} })).toBeUndefined();
    expect(projectObject(podKind, { metadata: null } as KubeObject)).toBeUndefined();
  });

  it('of any shape give a row', () => {
    for (const odd of [
      null,
      1,
      'x',
      [],
      [null],
      { containerStatuses: null },
      { containerStatuses: [null, 1, { state: 'x' }] },
      { conditions: {} },
    ]) {
      expect(project(podKind, { spec: odd, status: odd })).toMatchObject({ name: 'cart-1' });
      expect(project(deploymentKind, { spec: odd, status: odd })).toMatchObject({ name: 'cart-1' });
      expect(project(nodeKind, { spec: odd, status: odd })).toMatchObject({ name: 'cart-1' });
    }
  });

  it('lose U+0000, half surrogates and labels past the caps', () => {
    const labels = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, 'v\0\ud800']));
    const row = projectObject(podKind, { metadata: { ...metadata, labels }, status: { phase: 'Run\0ning' } });
    expect(Object.keys(row?.labels ?? {})).toHaveLength(64);
    expect(JSON.stringify(row)).not.toContain('\\u0000');
    expect(row?.statusText.isWellFormed()).toBe(true);
  });

  it('whose description throws are stored as unreadable', () => {
    const broken: WatchedKind = {
      ...podKind,
      describe: () => {
        throw new Error('odd');
      },
    };
    expect(project(broken, {})).toMatchObject({ health: 'unknown', facts: { unreadable: 'odd' } });
  });
});

describe('events and quantities', () => {
  it('read both forms of an event', () => {
    expect(
      projectEvent({
        metadata: { uid: 'e', namespace: 'shop' },
        involvedObject: { kind: 'Pod', name: 'a', uid: 'p' },
        count: 3,
        lastTimestamp: '2026-11-24T10:00:00Z',
      }),
    ).toMatchObject({
      object: 'Pod/a',
      count: 3,
      lastAt: new Date('2026-11-24T10:00:00Z'),
    });
    expect(
      projectEvent({
        metadata: { uid: 'e' },
        eventTime: '2026-11-24T10:00:00.123456Z',
        series: { count: 9, lastObservedTime: '2026-11-24T10:05:00Z' },
      }),
    ).toMatchObject({ count: 9 });
  });

  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1Gi', 1_073_741_824],
    ['1e3', 1000],
    ['0.5Ki', 512],
    ['x', undefined],
    [null, undefined],
  ])('quantity %s is %s', (given, expected) => expect(quantity(given)).toBe(expected));
});
