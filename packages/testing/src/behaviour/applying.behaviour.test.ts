import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { apply, configMap, deployment, type Kube, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-applying';
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;

/** What people compare: nothing that the server sets by chance. */
function shown({ metadata, ...rest }: Kube) {
  const { uid: _, resourceVersion: __, creationTimestamp: ___, managedFields, ...kept } = metadata;
  return {
    ...rest,
    metadata: {
      ...kept,
      managedFields: managedFields?.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 })),
    },
  };
}

describeFleets(fleets, 'server-side apply on a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(() => makeNamespace(cluster, namespace));
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  it('makes the object, owned field by field, and changes nothing the second time', async () => {
    const body = configMap('owned', { k: 'v' }, { labels: { a: 'b' } });
    const first = await apply(cluster, `${core}/configmaps/owned`, body);
    expect(shown(first)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'owned',
        namespace,
        labels: { a: 'b' },
        managedFields: [
          {
            manager: 'quarterdeck-release.testtest',
            operation: 'Apply',
            fieldsV1: { 'f:data': { 'f:k': {} }, 'f:metadata': { 'f:labels': { 'f:a': {} } } },
          },
        ],
      },
      data: { k: 'v' },
    });
    expect(await apply(cluster, `${core}/configmaps/owned`, body)).toEqual(first);
  });

  it('takes away what its manager no longer names', async () => {
    await apply(cluster, `${core}/configmaps/shrinks`, configMap('shrinks', { a: '1', b: '2' }));
    expect((await apply(cluster, `${core}/configmaps/shrinks`, configMap('shrinks', { a: '1' }))).data).toEqual({
      a: '1',
    });
  });

  it('names the fields and the manager of a conflict, and writes nothing', async () => {
    await apply(cluster, `${core}/configmaps/contested`, configMap('contested', { k: 'v' }, { labels: { a: 'b' } }), {
      manager: 'theirs',
    });
    const mine = (data: object, labels: object) =>
      refusal(
        apply(cluster, `${core}/configmaps/contested`, {
          ...configMap('contested'),
          data,
          metadata: { name: 'contested', labels },
        }),
      );
    expect(await mine({ k: 'w' }, { a: 'c' })).toMatchObject({
      status: 409,
      reason: 'Conflict',
      message: 'Apply failed with 2 conflicts: conflicts with "theirs":\n- .data.k\n- .metadata.labels.a',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "theirs"', field: '.data.k' },
          { reason: 'FieldManagerConflict', message: 'conflict with "theirs"', field: '.metadata.labels.a' },
        ],
      },
    });
    expect(await mine({ k: 'w' }, {})).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "theirs": .data.k',
    });
    expect((await cluster.request<Kube>('GET', `${core}/configmaps/contested`)).data).toEqual({ k: 'v' });
  });

  it('a plain write takes the field from its owner, who then meets a conflict', async () => {
    await apply(cluster, `${core}/configmaps/edited`, configMap('edited', { k: 'v' }));
    await cluster.request('PATCH', `${core}/configmaps/edited?fieldManager=kubectl-edit`, { data: { k: 'x' } });
    expect(await refusal(apply(cluster, `${core}/configmaps/edited`, configMap('edited', { k: 'v' })))).toMatchObject({
      status: 409,
      message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.k',
    });
    const forced = await apply(cluster, `${core}/configmaps/edited`, configMap('edited', { k: 'v' }), {
      query: '&force=true',
    });
    expect(forced.data).toEqual({ k: 'v' });
    expect(forced.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['quarterdeck-release.testtest']);
  });

  it('two managers that agree share a field', async () => {
    await apply(cluster, `${core}/configmaps/shared`, configMap('shared', { k: 'v' }), { manager: 'one' });
    await apply(cluster, `${core}/configmaps/shared`, configMap('shared', { k: 'v' }), { manager: 'two' });
    const left = await apply(cluster, `${core}/configmaps/shared`, configMap('shared'), { manager: 'one' });
    expect(left.data).toEqual({ k: 'v' });
  });

  it('holds the object to its uid and version', async () => {
    const made = await apply(cluster, `${core}/configmaps/exact`, configMap('exact', { k: 'v' }));
    const as = (metadata: object) =>
      apply(cluster, `${core}/configmaps/exact`, configMap('exact', { k: 'w' }, metadata));
    expect(await refusal(as({ uid: 'other' }))).toMatchObject({
      status: 422,
      message: 'ConfigMap "exact" is invalid: metadata.uid: Invalid value: "other": field is immutable',
      details: { causes: expect.arrayContaining([expect.objectContaining({ field: 'metadata.uid' })]) },
    });
    expect(await refusal(as({ resourceVersion: '1' }))).toMatchObject({
      status: 409,
      reason: 'Conflict',
      message: expect.stringContaining('the object has been modified'),
    });
    const { uid, resourceVersion } = made.metadata;
    expect((await as({ uid, resourceVersion })).data).toEqual({ k: 'w' });
    const gone = configMap('gone', {}, { uid });
    expect(await refusal(apply(cluster, `${core}/configmaps/gone`, gone))).toMatchObject({
      status: 409,
      message: `Operation cannot be fulfilled on configmaps "gone": uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    });
  });

  it('says what is wrong with a request', async () => {
    const path = `${core}/configmaps/wrong`;
    const asks = (body: unknown, query = '?fieldManager=me') =>
      refusal(cluster.request('PATCH', `${path}${query}`, body, { contentType: 'application/apply-patch+yaml' }));
    expect(await asks(configMap('wrong'), '')).toMatchObject({
      status: 422,
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
    expect(await asks(configMap('other'))).toMatchObject({
      status: 400,
      message: 'the name of the object (other) does not match the name on the URL (wrong)',
    });
    expect(await asks({ ...configMap('wrong'), dataa: {} })).toMatchObject({
      status: 500,
      message:
        'failed to create typed patch object (/wrong; /v1, Kind=ConfigMap): .dataa: field not declared in schema',
    });
    const unknown = deployment('wrong', { spec: { replicaz: 2 } });
    expect(await refusal(apply(cluster, `${apps}/deployments/wrong`, unknown))).toMatchObject({
      message:
        'failed to create typed patch object (/wrong; apps/v1, Kind=Deployment): .spec.replicaz: field not declared in schema',
    });
    const typed = deployment('wrong', { spec: { replicas: 'two' } });
    expect(await refusal(apply(cluster, `${apps}/deployments/wrong`, typed))).toMatchObject({
      message:
        'failed to create typed patch object (/wrong; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string',
    });
    expect(await refusal(apply(cluster, '/api/v1/namespaces/nowhere/configmaps/x', configMap('x')))).toMatchObject({
      status: 404,
      message: 'namespaces "nowhere" not found',
    });
  });

  it('a dry run shows the outcome and writes nothing', async () => {
    const dry = await apply(cluster, `${core}/configmaps/dry`, configMap('dry', { k: 'v' }), { query: '&dryRun=All' });
    expect(dry.data).toEqual({ k: 'v' });
    expect(await refusal(cluster.request('GET', `${core}/configmaps/dry`))).toMatchObject({ status: 404 });
  });

  /** All that the built-in template writes, with the fields it uses. */
  const pod = {
    automountServiceAccountToken: false,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { app: 'cart' } },
      },
    ],
    containers: [
      {
        name: 'app',
        image: 'registry.example/cart:1',
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [
          { name: 'PLAIN', value: 'b' },
          { name: 'FROM', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
        ],
        envFrom: [{ secretRef: { name: 's', optional: true } }],
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: { httpGet: { path: '/', port: 'http' }, initialDelaySeconds: 3 },
        livenessProbe: { tcpSocket: { port: 8080 } },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        securityContext: { allowPrivilegeEscalation: false },
      },
    ],
  };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
  const written: [string, string, Record<string, unknown>][] = [
    ['Deployment', `${apps}/deployments/cart`, deployment('cart', { replicas: 0, pod, spec: { strategy } })],
    [
      'Deployment of few words',
      `${apps}/deployments/terse`,
      deployment('terse', { replicas: 0, image: 'registry.example/terse' }),
    ],
    [
      'Service',
      `${core}/services/cart`,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'cart' },
        spec: {
          selector: { app: 'cart' },
          ports: [
            { name: 'http', port: 80, targetPort: 'http' },
            { name: 'admin', port: 81 },
          ],
        },
      },
    ],
    [
      'HorizontalPodAutoscaler',
      `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/cart`,
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'cart' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
          minReplicas: 2,
          maxReplicas: 4,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
          ],
        },
      },
    ],
    [
      'PodDisruptionBudget',
      `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/cart`,
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'cart' },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'cart' } } },
      },
    ],
    [
      'Ingress',
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/cart`,
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'cart' },
        spec: {
          rules: [
            {
              host: 'a.example',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'cart', port: { name: 'http' } } } },
                ],
              },
            },
          ],
        },
      },
    ],
    [
      'ServiceAccount',
      `${core}/serviceaccounts/cart`,
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cart' } },
    ],
    [
      'Secret',
      `${core}/secrets/cart`,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cart' }, data: { key: 'aHVudGVyMg==' } },
    ],
    [
      'Secret in plain text',
      `${core}/secrets/plain`,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plain' }, stringData: { key: 'hunter2' } },
    ],
  ];

  it.each(written)('fills in the same of a %s', async (_kind, path, body) => {
    const { status: _, ...object } = shown(await apply(cluster, path, body, { query: '&dryRun=All' }));
    const { spec } = object;
    // Any address of the cluster's own range.
    if (spec !== undefined && 'clusterIP' in spec) Object.assign(spec, { clusterIP: 'given', clusterIPs: ['given'] });
    await expect(`${JSON.stringify(sorted(object), undefined, 2)}\n`).toMatchFileSnapshot(
      `snapshots/${String(body.kind).toLowerCase()}-${path.split('/').at(-1)}.snap`,
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
