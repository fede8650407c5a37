import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { configMap, deployment, type Kube, type KubeList, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-subresources';
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;
const strategic = 'application/strategic-merge-patch+json';
const json = 'application/json-patch+json';

describeFleets(fleets, 'patches, deletes and subresources of a $kind cluster', ({ kind, clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(() => makeNamespace(cluster, namespace));
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  const patch = (path: string, body: unknown, contentType: string) =>
    cluster.request<Kube>('PATCH', path, body, { contentType });
  const create = (plural: string, body: object) =>
    cluster.request<Kube>('POST', `${plural === 'deployments' ? apps : core}/${plural}`, body);
  const namesOf = async (query: string) =>
    (await cluster.request<KubeList>('GET', `${core}/configmaps?${query}`)).items.map(({ metadata }) => metadata.name);

  it('a JSON patch changes what it points at, all of it or nothing', async () => {
    await create('configmaps', configMap('pointed', { a: '1' }, { annotations: { 'suite.example.com/b': '2' } }));
    const path = `${core}/configmaps/pointed`;
    const changed = await patch(
      path,
      [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '3' },
        { op: 'move', from: '/metadata/annotations/suite.example.com~1b', path: '/data/d' },
        { op: 'add', path: '/metadata/labels', value: { is: 'new' } },
      ],
      json,
    );
    expect(changed.data).toEqual({ a: '3', d: '2' });
    expect(changed.metadata.labels).toEqual({ is: 'new' });
    const failing = [
      { op: 'remove', path: '/data/d' },
      { op: 'test', path: '/data/a', value: '1' },
    ];
    expect(await refusal(patch(path, failing, json))).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    });
    expect((await refusal(patch(path, [{ op: 'remove', path: '/data/absent' }], json))).status).toBe(422);
    expect((await cluster.request<Kube>('GET', path)).data).toEqual({ a: '3', d: '2' });
  });

  it('a key that no file could have is refused', async () => {
    expect(await refusal(create('configmaps', configMap('keys', { 'b/c': '2' })))).toMatchObject({
      status: 422,
      message: `ConfigMap "keys" is invalid: data[b/c]: Invalid value: "b/c": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    });
  });

  it('a strategic merge patch changes the container that it names, and deletes by directive', async () => {
    const body = deployment('merged', { replicas: 0 });
    body.spec.template.spec.containers.push({ name: 'side', image: 'registry.example/side:1' });
    await create('deployments', body);
    const containers = [
      { name: 'app', image: 'registry.example/web:2' },
      { name: 'side', $patch: 'delete' },
    ];
    const changed = await patch(
      `${apps}/deployments/merged`,
      { spec: { template: { spec: { containers } } } },
      strategic,
    );
    expect(changed.spec).toMatchObject({
      template: {
        spec: { containers: [{ name: 'app', image: 'registry.example/web:2', imagePullPolicy: 'IfNotPresent' }] },
      },
    });
    expect((changed.spec as { template: { spec: { containers: unknown[] } } }).template.spec.containers).toHaveLength(
      1,
    );
  });

  it('a patch of a kind that nobody knows is refused', async () => {
    expect(await refusal(patch(`${core}/configmaps/pointed`, {}, 'text/plain'))).toMatchObject({ status: 415 });
  });

  it('a whole selection is deleted at once', async () => {
    for (const name of ['gone-1', 'gone-2'])
      await create('configmaps', configMap(name, {}, { labels: { batch: 'yes' } }));
    await create('configmaps', configMap('kept', {}, { labels: { batch: 'no' } }));
    await cluster.request('DELETE', `${core}/configmaps?labelSelector=batch%3Dyes`);
    await waitFor('them to go', async () => (await namesOf('labelSelector=batch')).join() === 'kept');
  });

  it('a finalizer keeps an object until it is taken away', async () => {
    await create('configmaps', configMap('held', {}, { finalizers: ['suite.example.com/hold'] }));
    const path = `${core}/configmaps/held`;
    await cluster.request('DELETE', path);
    expect((await cluster.request<Kube>('GET', path)).metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['suite.example.com/hold'],
    });
    await patch(path, [{ op: 'remove', path: '/metadata/finalizers' }], json);
    expect(await refusal(cluster.request('GET', path))).toMatchObject({ status: 404 });
  });

  it('what is orphaned outlives its owner, and is nobody’s', async () => {
    await create('deployments', deployment('parent', { replicas: 1 }));
    const setsOf = async () =>
      (await cluster.request<KubeList>('GET', `${apps}/replicasets?labelSelector=app%3Dparent`)).items;
    await waitFor('the ReplicaSet', async () => (await setsOf()).length === 1);
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Orphan' };
    await cluster.request('DELETE', `${apps}/deployments/parent`, options);
    await waitFor(
      'the owner to go',
      async () => (await refusal(cluster.request('GET', `${apps}/deployments/parent`))).status === 404,
    );
    await waitFor('the ReplicaSet to be nobody’s', async () => {
      const [set] = await setsOf();
      return set !== undefined && (set.metadata.ownerReferences ?? []).length === 0;
    });
  });

  it('an owner that is deleted in the foreground goes last', async () => {
    await create('deployments', deployment('last', { replicas: 2 }));
    const owned = async (path: string) =>
      (await cluster.request<KubeList>('GET', `${path}?labelSelector=app%3Dlast`)).items.length;
    await waitFor('its pods', async () => (await owned(`${core}/pods`)) === 2);
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' };
    const going = await cluster.request<Kube>('DELETE', `${apps}/deployments/last`, options);
    expect(going.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['foregroundDeletion'],
    });
    await waitFor('it to go', async () => {
      const { status } = await refusal(cluster.request('GET', `${apps}/deployments/last`)).catch(() => ({
        status: 200,
      }));
      return status === 404;
    });
    expect([await owned(`${apps}/replicasets`), await owned(`${core}/pods`)]).toEqual([0, 0]);
  });

  it('the scale of a workload is read and written', async () => {
    await create('deployments', deployment('sized', { replicas: 1 }));
    const path = `${apps}/deployments/sized/scale`;
    const scale = await cluster.request<Kube>('GET', path);
    expect(scale).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'sized', namespace },
      spec: { replicas: 1 },
      status: { selector: 'app=sized' },
    });
    expect(
      await cluster.request('PUT', path, { ...scale, metadata: { name: 'sized', namespace }, spec: { replicas: 2 } }),
    ).toMatchObject({
      spec: { replicas: 2 },
    });
    expect(await cluster.request('PATCH', path, { spec: { replicas: 0 } })).toMatchObject({ spec: {} });
    expect((await cluster.request<Kube>('GET', `${apps}/deployments/sized`)).spec).toMatchObject({ replicas: 0 });
  });

  it('the status is written by itself, and nothing else with it', async () => {
    const policy = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
    const made = await cluster.request<Kube>('POST', '/api/v1/namespaces', {
      metadata: { name: `suite-${kind}-status` },
    });
    expect(made.status).toEqual({ phase: 'Active' });
    const path = `/api/v1/namespaces/suite-${kind}-status`;
    const body = { spec: { finalizers: [] }, status: { conditions: [{ type: 'Suite', status: 'True' }] } };
    const changed = await cluster.request<Kube>('PATCH', `${path}/status`, body);
    expect(changed.status).toMatchObject({ phase: 'Active', conditions: [{ type: 'Suite' }] });
    expect(changed.spec).toEqual({ finalizers: ['kubernetes'] });
    expect(changed.metadata.managedFields).toContainEqual(
      expect.objectContaining({
        operation: 'Update',
        subresource: 'status',
        fieldsV1: { 'f:status': expect.objectContaining({ 'f:conditions': expect.any(Object) }) },
      }),
    );
    const plain = await cluster.request<Kube>('PATCH', path, { status: { conditions: null } });
    expect(plain.status).toMatchObject({ conditions: [{ type: 'Suite' }] });
    await cluster.request('DELETE', path);
    expect((await refusal(cluster.request('GET', `${policy}/absent/status`))).status).toBe(404);
  });

  it('a debug container is added to a pod that runs, and nothing else changes', async () => {
    await create('deployments', deployment('debugged'));
    const pod = await waitFor('the pod', async () => {
      const { items } = await cluster.request<KubeList>('GET', `${core}/pods?labelSelector=app%3Ddebugged`);
      return items.find(({ status }) => status?.phase === 'Running');
    });
    const added = { name: 'debug', image: 'registry.example/shell:1', targetContainerName: 'app' };
    const changed = await patch(
      `${core}/pods/${pod.metadata.name}/ephemeralcontainers`,
      { spec: { ephemeralContainers: [added] } },
      strategic,
    );
    expect(changed.spec?.ephemeralContainers).toMatchObject([added]);
    expect((changed.spec as { containers: unknown[] }).containers).toEqual(
      (pod.spec as { containers: unknown[] }).containers,
    );
  });
});
