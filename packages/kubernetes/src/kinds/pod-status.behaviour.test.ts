import { attachSharedFleet, type Cluster } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { projectObject } from '../projection/project-object.ts';
import type { Json } from '../projection/values.ts';
import { watchedKinds } from './watched-kinds.ts';

const shared = attachSharedFleet(inject('sharedFleet'));
const namespace = 'pod-status-words';
const pods = `/api/v1/namespaces/${namespace}/pods`;

const running = {
  name: 'app',
  image: 'x',
  imageID: '',
  ready: true,
  started: true,
  restartCount: 2,
  state: { running: {} },
};
const named = (name: string, state: object, more: object = {}) => ({ ...running, name, ready: false, state, ...more });
const waiting = (reason: string, name = 'app') => named(name, { waiting: { reason } });
const ended = (exitCode: number, more: object = {}, name = 'app') => named(name, { terminated: { exitCode, ...more } });
const condition = (type: string, status: string, reason?: string) => ({
  type,
  status,
  ...(reason === undefined ? {} : { reason }),
});
const initialised = [condition('Initialized', 'True')];

/** Statuses as kubelets write them; the cluster itself says what `kubectl get` prints of each. */
const statuses: Record<string, object> = {
  'just-made': { phase: 'Pending' },
  unschedulable: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable')] },
  gated: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'SchedulingGated')] },
  creating: { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] },
  'image-missing': { phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] },
  crashing: { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] },
  running: { phase: 'Running', conditions: [...initialised, condition('Ready', 'True')], containerStatuses: [running] },
  'not-ready': { phase: 'Running', containerStatuses: [{ ...running, ready: false }] },
  'one-done': {
    phase: 'Running',
    conditions: initialised,
    containerStatuses: [ended(0, { reason: 'Completed' }), { ...running, name: 'log' }],
  },
  'one-done-ready': {
    phase: 'Running',
    conditions: [...initialised, condition('Ready', 'True')],
    containerStatuses: [ended(0, { reason: 'Completed' }), { ...running, name: 'log' }],
  },
  completed: { phase: 'Succeeded', containerStatuses: [ended(0, { reason: 'Completed' })] },
  'out-of-memory': { phase: 'Failed', containerStatuses: [ended(137, { reason: 'OOMKilled' })] },
  'exit-code': { phase: 'Failed', containerStatuses: [ended(3)] },
  signalled: { phase: 'Failed', containerStatuses: [ended(137, { signal: 9 })] },
  evicted: { phase: 'Failed', reason: 'Evicted' },
  'init-running': { phase: 'Pending', initContainerStatuses: [named('first', { running: {} })] },
  'init-second': {
    phase: 'Pending',
    initContainerStatuses: [ended(0, {}, 'first'), waiting('PodInitializing', 'second')],
  },
  'init-crash': { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff', 'first')] },
  'init-error': { phase: 'Pending', initContainerStatuses: [ended(1, { reason: 'Error' }, 'first')] },
  'init-code': { phase: 'Pending', initContainerStatuses: [ended(7, {}, 'first')] },
  'init-signal': { phase: 'Pending', initContainerStatuses: [ended(137, { signal: 9 }, 'first')] },
  'init-started-main-waits': {
    phase: 'Pending',
    conditions: initialised,
    initContainerStatuses: [ended(0, {}, 'first'), ended(0, {}, 'second'), { ...running, name: 'proxy' }],
    containerStatuses: [waiting('ContainerCreating')],
  },
  'sidecar-restarts': {
    phase: 'Running',
    conditions: initialised,
    initContainerStatuses: [
      ended(0, {}, 'first'),
      ended(0, {}, 'second'),
      { ...running, name: 'proxy', restartCount: 4 },
    ],
    containerStatuses: [running],
  },
};

describe.skipIf(shared === undefined)('a pod’s words', () => {
  const cluster = shared?.clusters[0] as Cluster;

  beforeAll(async () => {
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await Promise.all(
      Object.entries(statuses).map(async ([name, status]) => {
        const hasInit = name.startsWith('init') || name.startsWith('sidecar');
        const image = 'x';
        // No scheduler takes these, so that nobody but the test writes their status.
        await cluster.request('POST', pods, {
          metadata: { name },
          spec: {
            schedulerName: 'nobody',
            automountServiceAccountToken: false,
            ...(hasInit
              ? {
                  initContainers: [
                    { name: 'first', image },
                    { name: 'second', image },
                    { name: 'proxy', image, restartPolicy: 'Always' },
                  ],
                }
              : {}),
            containers: [{ name: 'app', image }, ...(name.startsWith('one-done') ? [{ name: 'log', image }] : [])],
          },
        });
        await cluster.request('PATCH', `${pods}/${name}/status`, { status });
      }),
    );
  });
  afterAll(() => cluster.request('DELETE', `/api/v1/namespaces/${namespace}`));

  it('are those that the API server itself prints', async () => {
    type Table = {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[]; object: { metadata: { name: string } } }[];
    };
    const accept = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
    const table = await cluster.request<Table>('GET', pods, undefined, accept);
    const cell = (row: Table['rows'][number], column: string) =>
      String(row.cells[table.columnDefinitions.findIndex(({ name }) => name === column)]);
    const printed = Object.fromEntries(
      table.rows.map((row) => [
        row.object.metadata.name,
        [cell(row, 'Ready'), cell(row, 'Status'), cell(row, 'Restarts').split(' ')[0]],
      ]),
    );
    const { items } = await cluster.request<{ items: Json[] }>('GET', pods);
    const project = watchedKinds.find(({ kind }) => kind === 'Pod')?.project;
    if (project === undefined || project === 'event') throw new Error('pods have a projection');
    const ours = Object.fromEntries(
      items.map((item) => {
        const row = projectObject(item, project);
        return [row?.name, [`${row?.ready}/${row?.desired}`, row?.statusText, String(row?.restarts)]];
      }),
    );
    expect(Object.keys(ours)).toHaveLength(Object.keys(statuses).length);
    expect(ours).toEqual(printed);
  });
});
