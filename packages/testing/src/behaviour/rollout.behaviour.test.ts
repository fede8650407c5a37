import { failAnnotation, readyAfterAnnotation } from '@quarterdeck/simulator';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import type { LineStream } from '../control-plane/types.ts';
import { waitFor } from '../control-plane/wait-for.ts';
import { deployment, type Kube, type KubeList, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-rollout';
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;
const revision = 'deployment.kubernetes.io/revision';

type Container = {
  name: string;
  image: string;
  ready: boolean;
  restartCount: number;
  state: { running?: { startedAt: string }; waiting?: { reason: string; message: string } };
  lastState?: { terminated?: { exitCode: number; reason: string; startedAt: string; finishedAt: string } };
};
type Condition = { type: string; status: string; reason?: string; message?: string };

describeFleets(fleets, 'a rollout on a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const open: LineStream[] = [];
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });
  beforeAll(() => makeNamespace(cluster, namespace));
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  const create = (body: object) => cluster.request<Kube>('POST', `${apps}/deployments`, body);
  const get = (name: string) => cluster.request<Kube>('GET', `${apps}/deployments/${name}`);
  const owned = async (kind: 'replicasets' | 'pods', app: string) =>
    (await cluster.request<KubeList>('GET', `${kind === 'pods' ? core : apps}/${kind}?labelSelector=app%3D${app}`))
      .items;
  const conditionsOf = (object: Kube | undefined) => (object?.status?.conditions ?? []) as Condition[];
  const containersOf = (pod: Kube | undefined) => (pod?.status?.containerStatuses ?? []) as Container[];
  const settled = (name: string, replicas: number) =>
    waitFor(`${replicas} ready pods of ${name} and no old ones`, async () => {
      const found = await get(name);
      const { observedGeneration, updatedReplicas = 0, readyReplicas = 0, replicas: all = 0 } = found.status ?? {};
      const isDone =
        observedGeneration === found.metadata.generation &&
        [updatedReplicas, readyReplicas, all].every((count) => count === replicas);
      return isDone ? found : undefined;
    });
  const eventsOf = async (uid: string) =>
    (await cluster.request<KubeList>('GET', `${core}/events`)).items.filter(
      (event) => (event.involvedObject as { uid?: string }).uid === uid,
    );
  const waitsFor = (app: string, reason: string) =>
    waitFor(`${app} to wait because of ${reason}`, async () => {
      const [pod] = await owned('pods', app);
      return containersOf(pod)[0]?.state.waiting?.reason === reason ? pod : undefined;
    });

  it('a Deployment makes a ReplicaSet, that its pods, and they get Ready', async () => {
    const made = await create(deployment('web', { replicas: 3 }));
    const { metadata, status } = await settled('web', 3);
    expect(metadata.annotations?.[revision]).toBe('1');
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(status).not.toHaveProperty('unavailableReplicas');
    const [set, ...more] = await owned('replicasets', 'web');
    expect(more).toEqual([]);
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata).toMatchObject({
      name: `web-${hash}`,
      annotations: { [revision]: '1' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'web',
          uid: made.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(set?.spec).toMatchObject({
      replicas: 3,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
    });
    expect(conditionsOf(await get('web'))).toEqual([
      expect.objectContaining({
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }),
      expect.objectContaining({
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "web-${hash}" has successfully progressed.`,
      }),
    ]);
    const pods = await owned('pods', 'web');
    for (const pod of pods) {
      expect(pod.metadata).toMatchObject({
        generateName: `web-${hash}-`,
        labels: { app: 'web', 'pod-template-hash': hash },
        ownerReferences: [{ kind: 'ReplicaSet', name: `web-${hash}`, uid: set?.metadata.uid, controller: true }],
      });
      expect(pod.spec).toMatchObject({ nodeName: expect.any(String) });
      expect(pod.status).toMatchObject({
        phase: 'Running',
        podIP: expect.any(String),
        startTime: expect.any(String),
        qosClass: 'BestEffort',
      });
      const types = conditionsOf(pod)
        .filter(({ status: is }) => is === 'True')
        .map(({ type }) => type);
      expect(types).toEqual(expect.arrayContaining(['PodScheduled', 'Initialized', 'ContainersReady', 'Ready']));
      expect(containersOf(pod)).toMatchObject([
        {
          name: 'app',
          image: 'registry.example/web:1',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: expect.any(String) } },
        },
      ]);
    }
  });

  it('tells its steps as events', async () => {
    const { metadata } = await get('web');
    const [set] = await owned('replicasets', 'web');
    const [pod] = await owned('pods', 'web');
    expect(await eventsOf(metadata.uid)).toContainEqual(
      expect.objectContaining({
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: `Scaled up replica set ${set?.metadata.name} from 0 to 3`,
        involvedObject: expect.objectContaining({ kind: 'Deployment', apiVersion: 'apps/v1', namespace, name: 'web' }),
        source: { component: 'deployment-controller' },
        firstTimestamp: expect.any(String),
        lastTimestamp: expect.any(String),
        count: 1,
      }),
    );
    const created = (await eventsOf(set?.metadata.uid ?? '')).filter(({ reason }) => reason === 'SuccessfulCreate');
    expect(created.map(({ message }) => message)).toContain(`Created pod: ${pod?.metadata.name}`);
    expect(await eventsOf(pod?.metadata.uid ?? '')).toContainEqual(
      expect.objectContaining({
        reason: 'Scheduled',
        message: `Successfully assigned ${namespace}/${pod?.metadata.name} to ${pod?.spec?.nodeName}`,
      }),
    );
  });

  it('a new template makes a new revision, and the old pods go', async () => {
    const [before] = await owned('replicasets', 'web');
    await cluster.request('PATCH', `${apps}/deployments/web`, {
      spec: { template: deployment('web', { image: 'registry.example/web:2' }).spec.template },
    });
    expect((await settled('web', 3)).metadata).toMatchObject({ generation: 2, annotations: { [revision]: '2' } });
    const sets = await owned('replicasets', 'web');
    expect(sets.map(({ metadata, spec }) => [metadata.annotations?.[revision], spec?.replicas]).toSorted()).toEqual([
      ['1', 0],
      ['2', 3],
    ]);
    expect(sets.map(({ metadata }) => metadata.uid)).toContain(before?.metadata.uid);
    await waitFor('the old pods to go', async () => (await owned('pods', 'web')).length === 3);
    const images = (await owned('pods', 'web')).map((pod) => containersOf(pod)[0]?.image);
    expect(new Set(images)).toEqual(new Set(['registry.example/web:2']));
  });

  it('the old template takes the old ReplicaSet again, under a new revision', async () => {
    await cluster.request('PATCH', `${apps}/deployments/web`, { spec: { template: deployment('web').spec.template } });
    expect((await settled('web', 3)).metadata.annotations?.[revision]).toBe('3');
    const sets = await owned('replicasets', 'web');
    expect(sets.map(({ metadata, spec }) => [metadata.annotations?.[revision], spec?.replicas]).toSorted()).toEqual([
      ['2', 0],
      ['3', 3],
    ]);
  });

  it('a rollout that is paused makes nothing of a new template, and goes on when it is resumed', async () => {
    const merge = (body: object) =>
      cluster.request<Kube>('PATCH', `${apps}/deployments/held`, body, { contentType: 'application/merge-patch+json' });
    await create(deployment('held', { replicas: 1 }));
    const { spec } = await settled('held', 1);
    await merge({ spec: { paused: true } });
    const template = structuredClone(spec?.template as { metadata: object });
    const changed = await merge({ spec: { template: { ...template, metadata: { annotations: { step: '2' } } } } });
    await waitFor('the paused Deployment to be looked at', async () =>
      (await get('held')).status?.observedGeneration === changed.metadata.generation ? true : undefined,
    );
    expect(await owned('replicasets', 'held')).toHaveLength(1);
    await merge({ spec: { paused: false } });
    await settled('held', 1);
    expect(await owned('replicasets', 'held')).toHaveLength(2);
  });

  it('scales up, down and to nothing', async () => {
    const scale = (replicas: number) => cluster.request('PATCH', `${apps}/deployments/web`, { spec: { replicas } });
    await scale(4);
    await settled('web', 4);
    await scale(0);
    const none = await settled('web', 0);
    expect(none.status).not.toHaveProperty('readyReplicas');
    expect(none.metadata.annotations?.[revision]).toBe('3');
    await waitFor('all pods to go', async () => (await owned('pods', 'web')).length === 0);
    const [event] = (await eventsOf(none.metadata.uid)).filter(({ message }) =>
      String(message).endsWith('from 4 to 0'),
    );
    expect(event).toMatchObject({
      reason: 'ScalingReplicaSet',
      message: expect.stringContaining('Scaled down replica set web-'),
    });
  });

  it('an image that is not there keeps the pod waiting, and says so', async () => {
    await create(deployment('no-image', { image: 'registry.example/web:missing' }));
    const pod = await waitsFor('no-image', 'ImagePullBackOff');
    expect(pod.status).toMatchObject({ phase: 'Pending' });
    const [status] = containersOf(pod);
    expect(status).toMatchObject({ ready: false, restartCount: 0, image: 'registry.example/web:missing' });
    expect(status?.state.waiting?.message).toContain('Back-off pulling image "registry.example/web:missing"');
    const found = await get('no-image');
    expect(found.status).toMatchObject({ replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 });
    expect(conditionsOf(found).find(({ type }) => type === 'Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
    expect(conditionsOf(found).find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'ReplicaSetUpdated',
    });
    expect(await eventsOf(pod.metadata.uid)).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' }),
    );
  });

  it('a container that ends again and again backs off, with its last ending', async () => {
    await create(deployment('crashing', { annotations: { [failAnnotation]: 'crash-loop' } }));
    const pod = await waitsFor('crashing', 'CrashLoopBackOff');
    const [status] = containersOf(pod);
    expect(status?.lastState?.terminated).toMatchObject({
      exitCode: 1,
      reason: 'Error',
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    expect(status?.state.waiting?.message).toMatch(/^back-off .*restarting failed container/);
    expect(pod.status?.phase).toBe('Running');
    expect(conditionsOf(pod).find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
    });
    expect(await eventsOf(pod.metadata.uid)).toContainEqual(
      expect.objectContaining({
        type: 'Warning',
        reason: 'BackOff',
        message: expect.stringMatching(/^Back-off restarting failed container/),
      }),
    );
  });

  it('a pod whose probe fails runs and is not Ready', async () => {
    await create(deployment('unready', { annotations: { [failAnnotation]: 'never-ready' } }));
    const pod = await waitFor('the probe to fail', async () => {
      const [found] = await owned('pods', 'unready');
      // The event may be there before the pod that was read says that it runs.
      return found?.status?.phase === 'Running' &&
        (await eventsOf(found.metadata.uid)).some(({ reason }) => reason === 'Unhealthy')
        ? found
        : undefined;
    });
    expect(pod.status?.phase).toBe('Running');
    expect(conditionsOf(pod)).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
    expect(await eventsOf(pod.metadata.uid)).toContainEqual(
      expect.objectContaining({
        type: 'Warning',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      }),
    );
  });

  it('a pod takes the time it is told to get Ready', async () => {
    await create(deployment('slow', { annotations: { [readyAfterAnnotation]: '2s' } }));
    const { metadata } = await settled('slow', 1);
    const ready = conditionsOf((await owned('pods', 'slow'))[0]).find(({ type }) => type === 'Ready') as Condition & {
      lastTransitionTime: string;
    };
    expect(Date.parse(ready.lastTransitionTime) - Date.parse(metadata.creationTimestamp)).toBeGreaterThanOrEqual(1000);
  });

  it.each([
    [
      'more than any node has',
      { containers: [{ name: 'app', image: 'x', resources: { requests: { cpu: '960' } } }] },
      /^0\/3 nodes are available: 3 Insufficient cpu\. .*preemption: 0\/3 nodes/,
    ],
    [
      'a node that is not there',
      { nodeSelector: { disk: 'ssd' } },
      /^0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector\. .*preemption: 0\/3 nodes/,
    ],
    [
      'a claim that is not there',
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'none' } }] },
      /^0\/3 nodes are available: persistentvolumeclaim "none" not found\. not found$/,
    ],
  ])('a pod that asks for %s finds no node, and is told why', async (title, pod, words) => {
    const name = title.split(' ').at(-1) ?? '';
    const app = `unschedulable-${name}-${title.length}`;
    await create(deployment(app, { pod }));
    const found = await waitFor('the scheduler to give up', async () => {
      const [made] = await owned('pods', app);
      return conditionsOf(made).some(({ type }) => type === 'PodScheduled') ? made : undefined;
    });
    expect(conditionsOf(found).find(({ type }) => type === 'PodScheduled')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: expect.stringMatching(words),
    });
    expect(found.status).toMatchObject({ phase: 'Pending' });
    await waitFor('the event', async () =>
      (await eventsOf(found.metadata.uid)).some(
        (event) => event.reason === 'FailedScheduling' && event.type === 'Warning',
      ),
    );
  });

  it('a Deployment that is deleted takes its ReplicaSets and pods along', async () => {
    await create(deployment('leaving', { replicas: 2 }));
    const { metadata } = await settled('leaving', 2);
    const options = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      preconditions: { uid: metadata.uid },
    };
    expect(await cluster.request('DELETE', `${apps}/deployments/leaving`, options)).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'leaving', group: 'apps', kind: 'deployments', uid: metadata.uid },
    });
    expect((await refusal(get('leaving'))).status).toBe(404);
    await waitFor(
      'everything to go',
      async () => (await owned('pods', 'leaving')).length + (await owned('replicasets', 'leaving')).length === 0,
    );
  });

  it('gives the log: whole, the end of it, with times, from a time, and as it is written', async () => {
    await create(deployment('talks'));
    await settled('talks', 1);
    const [pod] = await owned('pods', 'talks');
    const path = `${core}/pods/${pod?.metadata.name}/log`;
    const read = async (query: string) =>
      (await cluster.request<string>('GET', `${path}?${query}`)).split('\n').filter((line) => line !== '');
    const all = await waitFor('three lines', async () => {
      const lines = await read('');
      return lines.length >= 2 ? lines : undefined;
    });
    expect((await read('container=app&tailLines=1')).length).toBe(1);
    expect(await read('tailLines=0')).toEqual([]);
    expect((await read(`tailLines=${all.length}`)).length).toBe(all.length);
    const stamped = await read('timestamps=true');
    expect(stamped[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z ./);
    expect(stamped[0]?.slice(stamped[0].indexOf(' ') + 1)).toBe(all[0]);
    expect(await read(`sinceTime=${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`)).toEqual([]);
    const stream = await cluster.stream(`${path}?follow=true&tailLines=1`);
    open.push(stream);
    const lines = stream.lines[Symbol.asyncIterator]();
    expect((await lines.next()).done).toBe(false);
    expect(await refusal(cluster.request('GET', `${path}?container=nope`))).toMatchObject({
      status: 400,
      reason: 'BadRequest',
      message: `container nope is not valid for pod ${pod?.metadata.name}`,
    });
    expect(await refusal(cluster.request('GET', `${core}/pods/absent/log`))).toMatchObject({
      status: 404,
      message: 'pods "absent" not found',
    });
  });

  it('gives the log of the container before, after it crashed', async () => {
    const pod = await waitsFor('crashing', 'CrashLoopBackOff');
    const said = await cluster.request<string>('GET', `${core}/pods/${pod.metadata.name}/log?previous=true`);
    expect(said.trim()).not.toBe('');
  });
});
