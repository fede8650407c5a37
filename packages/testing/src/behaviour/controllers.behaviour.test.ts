import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { deployment, type Kube, type KubeList, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-controllers';
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;
const batch = `/apis/batch/v1/namespaces/${namespace}`;
const policy = `/apis/policy/v1/namespaces/${namespace}`;

type Condition = { type: string; status: string; reason?: string; message?: string };

const pod = { containers: [{ name: 'app', image: 'registry.example/web:1' }] };
const template = (name: string) => ({ metadata: { labels: { app: name } }, spec: pod });
const selector = (name: string) => ({ matchLabels: { app: name } });
const claim = (size: string, storageClassName: string, more: object = {}) => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: size } },
  storageClassName,
  ...more,
});

describeFleets(fleets, 'the controllers of a $kind cluster', ({ kind, clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const clusterWide: string[] = [];
  beforeAll(() => makeNamespace(cluster, namespace));
  afterAll(async () => {
    if (cluster === undefined) return;
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}`);
    for (const path of clusterWide) await cluster.request('DELETE', path);
  });

  const get = (path: string) => cluster.request<Kube>('GET', path);
  const until = (what: string, path: string, is: (object: Kube) => boolean) =>
    waitFor(what, async () => {
      const found = await get(path);
      return is(found) ? found : undefined;
    });
  const list = async (path: string) => (await cluster.request<KubeList>('GET', path)).items;
  const podsOf = (app: string) => list(`${core}/pods?labelSelector=app%3D${app}`);
  const eventsOf = async (uid: string) =>
    (await list(`${core}/events`)).filter((event) => (event.involvedObject as { uid?: string }).uid === uid);
  const conditionsOf = (object: Kube) => (object.status?.conditions ?? []) as Condition[];
  const holds = (type: string) => (object: Kube) =>
    conditionsOf(object).some((each) => each.type === type && each.status === 'True');

  it('a StatefulSet makes its pods in order, by name, and counts them', async () => {
    const body = { metadata: { name: 'db' }, spec: { replicas: 2, serviceName: 'db', selector: selector('db') } };
    const made = await cluster.request<Kube>('POST', `${apps}/statefulsets`, {
      ...body,
      spec: { ...body.spec, template: template('db') },
    });
    expect(made.spec).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    const ready = await until('both pods', `${apps}/statefulsets/db`, ({ status }) => status?.readyReplicas === 2);
    expect(ready.status).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      collisionCount: 0,
    });
    expect(ready.status?.currentRevision).toBe(ready.status?.updateRevision);
    expect(ready.status?.updateRevision).toMatch(/^db-[a-z0-9]+$/);
    const pods = await podsOf('db');
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
    expect(pods[1]?.metadata).toMatchObject({
      labels: {
        app: 'db',
        'statefulset.kubernetes.io/pod-name': 'db-1',
        'apps.kubernetes.io/pod-index': '1',
        'controller-revision-hash': ready.status?.updateRevision,
      },
      ownerReferences: [{ kind: 'StatefulSet', name: 'db', uid: made.metadata.uid, controller: true }],
    });
    expect(pods[1]?.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db' });
    const [first, second] = pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp));
    expect(second).toBeGreaterThanOrEqual(first ?? Number.POSITIVE_INFINITY);
    expect(await eventsOf(made.metadata.uid)).toContainEqual(
      expect.objectContaining({
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: 'create Pod db-0 in StatefulSet db successful',
      }),
    );
  });

  it('a StatefulSet that shrinks loses its last pod', async () => {
    await cluster.request('PATCH', `${apps}/statefulsets/db`, { spec: { replicas: 1 } });
    await waitFor('one pod', async () => (await podsOf('db')).length === 1);
    expect((await podsOf('db')).map(({ metadata }) => metadata.name)).toEqual(['db-0']);
  });

  it('a StatefulSet makes a claim for each pod, which waits until it is bound', async () => {
    const made = await cluster.request<Kube>('POST', `${apps}/statefulsets`, {
      metadata: { name: 'queue' },
      spec: {
        serviceName: 'queue',
        selector: selector('queue'),
        template: template('queue'),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim('1Gi', 'suite-absent') }],
      },
    });
    const found = await until('the claim', `${core}/persistentvolumeclaims/data-queue-0`, () => true);
    expect(found).toMatchObject({
      metadata: { labels: { app: 'queue' } },
      spec: { storageClassName: 'suite-absent', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
    const words = 'storageclass.storage.k8s.io "suite-absent" not found';
    await waitFor('the reason', async () =>
      (await eventsOf(found.metadata.uid)).some(
        ({ reason, message, type }) => reason === 'ProvisioningFailed' && message === words && type === 'Warning',
      ),
    );
    const waiting = await until(
      'the scheduler to give up',
      `${core}/pods/queue-0`,
      (each) => conditionsOf(each).length > 0,
    );
    expect(conditionsOf(waiting)[0]).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: expect.stringMatching(/^0\/3 nodes are available: pod has unbound immediate PersistentVolumeClaims\. /),
    });
    expect(await eventsOf(made.metadata.uid)).toContainEqual(
      expect.objectContaining({ message: 'create Claim data-queue-0 Pod queue-0 in StatefulSet queue success' }),
    );
  });

  it('a claim takes the volume that fits, and lets it go when it is deleted', async () => {
    const name = `suite-${kind}-disk`;
    clusterWide.push(`/api/v1/persistentvolumes/${name}`);
    await cluster.request('POST', '/api/v1/persistentvolumes', {
      metadata: { name },
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: name,
        hostPath: { path: '/tmp' },
      },
    });
    await until(
      'the volume to be there',
      `/api/v1/persistentvolumes/${name}`,
      ({ status }) => status?.phase === 'Available',
    );
    await cluster.request('POST', `${core}/persistentvolumeclaims`, {
      metadata: { name: 'disk' },
      spec: claim('2Gi', name),
    });
    const bound = await until(
      'the claim to be bound',
      `${core}/persistentvolumeclaims/disk`,
      ({ status }) => status?.phase === 'Bound',
    );
    expect(bound).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { volumeName: name },
      status: { accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' } },
    });
    expect(await get(`/api/v1/persistentvolumes/${name}`)).toMatchObject({
      spec: { claimRef: { kind: 'PersistentVolumeClaim', namespace, name: 'disk', uid: bound.metadata.uid } },
      status: { phase: 'Bound' },
    });
    await cluster.request('DELETE', `${core}/persistentvolumeclaims/disk`);
    await until(
      'the volume to be left',
      `/api/v1/persistentvolumes/${name}`,
      ({ status }) => status?.phase === 'Released',
    );
  });

  it('a DaemonSet has a pod on every node', async () => {
    await cluster.request('POST', `${apps}/daemonsets`, {
      metadata: { name: 'agent' },
      spec: { selector: selector('agent'), template: template('agent') },
    });
    const { status } = await until('all nodes', `${apps}/daemonsets/agent`, (each) => each.status?.numberReady === 3);
    expect(status).toMatchObject({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
    });
    expect(status).not.toHaveProperty('numberUnavailable');
    const pods = await podsOf('agent');
    expect(new Set(pods.map(({ spec }) => spec?.nodeName)).size).toBe(3);
    expect(pods[0]?.spec?.tolerations).toContainEqual({
      key: 'node.kubernetes.io/unschedulable',
      operator: 'Exists',
      effect: 'NoSchedule',
    });
  });

  it('StatefulSets and DaemonSets keep their templates as revisions', async () => {
    const revisionsOf = async (app: string) => {
      const found = await list(`${apps}/controllerrevisions?labelSelector=app%3D${app}`);
      return found.toSorted((a, b) => Number(a.revision) - Number(b.revision));
    };
    const [first] = await waitFor('the revision', async () => {
      const found = await revisionsOf('db');
      return found.length > 0 ? found : undefined;
    });
    const set = await get(`${apps}/statefulsets/db`);
    expect(first).toMatchObject({
      revision: 1,
      metadata: {
        name: set.status?.updateRevision,
        labels: { app: 'db', 'controller.kubernetes.io/hash': expect.any(String) },
        ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
      },
      data: { spec: { template: { $patch: 'replace', metadata: { labels: { app: 'db' } } } } },
    });
    await cluster.request('POST', `${apps}/daemonsets`, {
      metadata: { name: 'kept' },
      spec: { selector: selector('kept'), template: template('kept') },
    });
    await until('its pods', `${apps}/daemonsets/kept`, ({ status }) => Number(status?.numberReady) > 0);
    const other = { containers: [{ name: 'app', image: 'registry.example/web:2' }] };
    await cluster.request('PATCH', `${apps}/daemonsets/kept`, { spec: { template: { spec: other } } });
    const both = await waitFor('the second', async () => {
      const found = await revisionsOf('kept');
      return found.length === 2 ? found : undefined;
    });
    expect(both.map(({ revision }) => revision)).toEqual([1, 2]);
    const hash = both[1]?.metadata.labels?.['controller-revision-hash'];
    expect(both[1]?.metadata.name).toBe(`kept-${hash}`);
    // The former template again is the newest revision, under its own name.
    await cluster.request('PATCH', `${apps}/daemonsets/kept`, { spec: { template: { spec: pod } } });
    await waitFor('the first to be the newest', async () => {
      const found = await revisionsOf('kept');
      return found.length === 2 && found[1]?.revision === 3 && found[1]?.metadata.name === both[0]?.metadata.name;
    });
    await cluster.request('DELETE', `${apps}/daemonsets/kept`);
    await waitFor('the revisions to go with it', async () => (await revisionsOf('kept')).length === 0);
  });

  it('a Job runs its pods to their end, and keeps them', async () => {
    const made = await cluster.request<Kube>('POST', `${batch}/jobs`, {
      metadata: { name: 'once' },
      spec: { completions: 2, parallelism: 2, template: { spec: { ...pod, restartPolicy: 'Never' } } },
    });
    expect(made.spec).toMatchObject({
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': made.metadata.uid } },
    });
    const done = await until('the end', `${batch}/jobs/once`, holds('Complete'));
    expect(done.status).toMatchObject({ succeeded: 2, ready: 0, completionTime: expect.any(String) });
    expect(conditionsOf(done).map(({ type, reason }) => [type, reason])).toEqual([
      ['SuccessCriteriaMet', 'CompletionsReached'],
      ['Complete', 'CompletionsReached'],
    ]);
    const pods = await list(`${core}/pods?labelSelector=${encodeURIComponent('batch.kubernetes.io/job-name=once')}`);
    expect(pods.map(({ status }) => status?.phase)).toEqual(['Succeeded', 'Succeeded']);
    expect(await eventsOf(made.metadata.uid)).toContainEqual(
      expect.objectContaining({ reason: 'Completed', message: 'Job completed' }),
    );
  });

  it('the template of a Job never changes', async () => {
    const other = { spec: { template: { spec: { ...pod, restartPolicy: 'OnFailure' } } } };
    expect(await refusal(cluster.request('PATCH', `${batch}/jobs/once`, other))).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: expect.stringMatching(
        /^Job\.batch "once" is invalid: spec\.template: Invalid value: .*field is immutable$/s,
      ),
    });
  });

  it('a suspended CronJob makes nothing, one that is due makes a Job', async () => {
    const jobTemplate = { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } };
    const create = (name: string, spec: object) =>
      cluster.request<Kube>('POST', `${batch}/cronjobs`, {
        metadata: { name },
        spec: { schedule: '* * * * *', jobTemplate, ...spec },
      });
    await create('held', { suspend: true });
    const made = await create('minutely', {});
    expect(made.spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    const job = await waitFor(
      'the first Job',
      async () => (await list(`${batch}/jobs`)).find(({ metadata }) => metadata.name.startsWith('minutely-')),
      { timeoutMs: 90_000 },
    );
    const { status } = await until(
      'the time',
      `${batch}/cronjobs/minutely`,
      (each) => each.status?.lastScheduleTime !== undefined,
    );
    const minutes = Date.parse(String(status?.lastScheduleTime)) / 60_000;
    expect(job.metadata).toMatchObject({
      name: `minutely-${minutes}`,
      ownerReferences: [{ kind: 'CronJob', name: 'minutely', uid: made.metadata.uid, controller: true }],
    });
    expect((await list(`${batch}/jobs`)).some(({ metadata }) => metadata.name.startsWith('held-'))).toBe(false);
  });

  it('a Service has a slice that names its pods', async () => {
    await cluster.request('POST', `${core}/services`, {
      metadata: { name: 'db' },
      spec: { selector: { app: 'db' }, ports: [{ name: 'sql', port: 5432 }] },
    });
    const query = encodeURIComponent('kubernetes.io/service-name=db');
    const slice = await waitFor('a ready endpoint', async () => {
      const [found] = await list(
        `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${query}`,
      );
      return (found?.endpoints as unknown[] | undefined)?.length === 1 ? found : undefined;
    });
    const [target] = await podsOf('db');
    expect(slice).toMatchObject({
      metadata: { generateName: 'db-', ownerReferences: [{ kind: 'Service', name: 'db' }] },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: [target?.status?.podIP],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: target?.spec?.nodeName,
          targetRef: { kind: 'Pod', namespace, name: 'db-0', uid: target?.metadata.uid },
        },
      ],
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    });
  });

  it('a disruption budget lets a pod go, and refuses the next', async () => {
    await cluster.request('POST', `${apps}/deployments`, deployment('guarded', { replicas: 2 }));
    await until('both pods', `${apps}/deployments/guarded`, ({ status }) => status?.readyReplicas === 2);
    await cluster.request('POST', `${policy}/poddisruptionbudgets`, {
      metadata: { name: 'guarded' },
      spec: { minAvailable: 2, selector: selector('guarded') },
    });
    const path = `${policy}/poddisruptionbudgets/guarded`;
    const { status } = await until('the count', path, (each) => each.status?.currentHealthy === 2);
    expect(status).toMatchObject({
      disruptionsAllowed: 0,
      desiredHealthy: 2,
      expectedPods: 2,
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
    const [first] = await podsOf('guarded');
    const name = first?.metadata.name ?? '';
    const evict = () =>
      cluster.request<Kube>('POST', `${core}/pods/${name}/eviction`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
      });
    expect(await refusal(evict())).toMatchObject({
      status: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget guarded needs 2 healthy pods and has 2 currently',
          },
        ],
      },
    });
    await cluster.request('PATCH', path, { spec: { minAvailable: 1 } });
    await until('room', path, (each) => each.status?.disruptionsAllowed === 1);
    expect(await evict()).toMatchObject({ kind: 'Status', status: 'Success' });
    await waitFor(
      'the pod to go',
      async () => !(await podsOf('guarded')).some(({ metadata }) => metadata.name === name),
    );
  });

  it('an autoscaler holds a workload to its limits, and says when there is none', async () => {
    const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
    const scaler = (name: string, target: string) => ({
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
        minReplicas: 3,
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
      },
    });
    await cluster.request('POST', `${apps}/deployments`, deployment('elastic'));
    const made = await cluster.request<Kube>('POST', path, scaler('elastic', 'elastic'));
    await cluster.request('POST', path, scaler('lost', 'absent'));
    const lost = await until('the refusal', `${path}/lost`, (each) => conditionsOf(each).length > 0);
    expect(conditionsOf(lost)).toMatchObject([
      {
        type: 'AbleToScale',
        status: 'False',
        reason: 'FailedGetScale',
        message:
          'the HPA controller was unable to get the target\'s current scale: deployments.apps "absent" not found',
      },
    ]);
    await until('three pods', `${apps}/deployments/elastic`, ({ status }) => status?.readyReplicas === 3);
    await waitFor('the event', async () =>
      (await eventsOf(made.metadata.uid)).some(
        ({ reason, message }) =>
          reason === 'SuccessfulRescale' &&
          message === 'New size: 3; reason: Current number of replicas below Spec.MinReplicas',
      ),
    );
  });
});
