import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { deployment, type Kube, type KubeList, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-admission';
const guarded = 'behaviour-guarded';

type Condition = { type: string; status: string; reason: string; message: string };

const container = (more: object = {}) => ({ name: 'app', image: 'registry.example/web:1', ...more });
const memory = (amount: string) => ({ resources: { requests: { memory: amount } } });

describeFleets(fleets, 'admission to a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    await makeNamespace(cluster, guarded, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  });
  afterAll(async () => {
    for (const each of [namespace, guarded]) await cluster?.request('DELETE', `/api/v1/namespaces/${each}`);
  });

  /** One pod by a dry run, as the preview tries it. */
  const tryPod = (where: string, spec: object) =>
    cluster.request<Kube>('POST', `/api/v1/namespaces/${where}/pods?dryRun=All`, {
      metadata: { generateName: 'try-' },
      spec,
    });
  const failureOf = (where: string, name: string) =>
    waitFor('the ReplicaSet to fail', async () => {
      const { items } = await cluster.request<KubeList>(
        'GET',
        `/apis/apps/v1/namespaces/${where}/replicasets?labelSelector=app%3D${name}`,
      );
      const conditions = (items[0]?.status?.conditions ?? []) as Condition[];
      return conditions.find(({ type }) => type === 'ReplicaFailure');
    });

  it('a pod gets the account of its namespace, and is refused without one', async () => {
    const made = await tryPod(namespace, { containers: [container()] });
    expect(made.spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      restartPolicy: 'Always',
    });
    expect(await refusal(tryPod(namespace, { serviceAccountName: 'absent', containers: [container()] }))).toMatchObject(
      {
        status: 403,
        reason: 'Forbidden',
        message: `pods "try-" is forbidden: error looking up service account ${namespace}/absent: serviceaccount "absent" not found`,
      },
    );
  });

  it('a quota lets in what fits, and names what does not', async () => {
    const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await cluster.request('POST', path, {
      metadata: { name: 'small' },
      spec: { hard: { pods: '2', 'requests.memory': '1Gi' } },
    });
    const counted = await waitFor(
      'the quota to count',
      async () => (await cluster.request<Kube>('GET', `${path}/small`)).status?.used,
    );
    expect(counted).toEqual({ pods: '0', 'requests.memory': '0' });
    expect(await tryPod(namespace, { containers: [container(memory('512Mi'))] })).toMatchObject({ kind: 'Pod' });
    expect(await refusal(tryPod(namespace, { containers: [container(memory('4Gi'))] }))).toMatchObject({
      status: 403,
      message: expect.stringMatching(
        /^pods "try-[a-z0-9]{5}" is forbidden: exceeded quota: small, requested: requests.memory=4Gi, used: requests.memory=0, limited: requests.memory=1Gi$/,
      ),
    });
    expect(await refusal(tryPod(namespace, { containers: [container()] }))).toMatchObject({
      message: expect.stringMatching(/is forbidden: failed quota: small: must specify requests.memory for: app$/),
    });
  });

  it('a ReplicaSet that may not make its pods says why, and its Deployment too', async () => {
    const body = deployment('crowded', { replicas: 2, pod: { containers: [container(memory('768Mi'))] } });
    await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, body);
    expect(await failureOf(namespace, 'crowded')).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: expect.stringMatching(
        /^pods "crowded-[a-z0-9]+-[a-z0-9]{5}" is forbidden: exceeded quota: small, requested: requests.memory=768Mi, used: requests.memory=768Mi, limited: requests.memory=1Gi$/,
      ),
    });
    const failure = await waitFor('the Deployment to say so', async () => {
      const { status } = await cluster.request<Kube>(
        'GET',
        `/apis/apps/v1/namespaces/${namespace}/deployments/crowded`,
      );
      return ((status?.conditions ?? []) as Condition[]).find(({ type }) => type === 'ReplicaFailure');
    });
    expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    const { items } = await cluster.request<KubeList>('GET', `/api/v1/namespaces/${namespace}/events`);
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'Warning',
        reason: 'FailedCreate',
        message: expect.stringMatching(/^Error creating: pods "crowded-/),
      }),
    );
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/resourcequotas/small`);
    await waitFor('the second pod once there is room', async () => {
      const { items: pods } = await cluster.request<KubeList>(
        'GET',
        `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dcrowded`,
      );
      return pods.length === 2;
    });
  });

  it('a LimitRange gives containers what they do not ask for, and says so on the pod', async () => {
    const where = 'behaviour-limited';
    await makeNamespace(cluster, where);
    const limits = [
      { type: 'Container', max: { memory: '1Gi' }, min: { memory: '64Mi' }, default: { memory: '512Mi' } },
      { type: 'PersistentVolumeClaim', max: { storage: '10Gi' } },
    ];
    const range = await cluster.request<Kube>('POST', `/api/v1/namespaces/${where}/limitranges`, {
      metadata: { name: 'house-rules' },
      spec: { limits },
    });
    // What one line of it says of the others is written out.
    expect((range.spec as { limits: unknown[] }).limits[0]).toEqual({
      ...limits[0],
      defaultRequest: { memory: '512Mi' },
    });
    // The plugin reads from a cache of its own.
    const made = await waitFor('the limits to hold', async () => {
      const pod = await tryPod(where, { containers: [container()] });
      return JSON.stringify(pod.spec).includes('512Mi') ? pod : undefined;
    });
    expect(made.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: memory request for container app; memory limit for container app',
    });
    expect(made.spec).toMatchObject({
      containers: [{ resources: { requests: { memory: '512Mi' }, limits: { memory: '512Mi' } } }],
    });
    expect(made.status).toMatchObject({ qosClass: 'Burstable' });
    const asks = (requests: object, more: object = {}) =>
      refusal(tryPod(where, { containers: [container({ resources: { requests, ...more } })] }));
    expect(await asks({ memory: '2Gi' }, { limits: { memory: '2Gi' } })).toMatchObject({
      status: 403,
      reason: 'Forbidden',
      message: expect.stringMatching(
        /^pods "try-[a-z0-9]{5}" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi$/,
      ),
    });
    expect((await asks({ memory: '32Mi' })).message).toMatch(
      /is forbidden: minimum memory usage per Container is 64Mi, but request is 32Mi$/,
    );
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } };
    expect(
      await refusal(
        cluster.request('POST', `/api/v1/namespaces/${where}/persistentvolumeclaims`, {
          metadata: { name: 'vast' },
          spec: claim,
        }),
      ),
    ).toMatchObject({
      status: 403,
      message:
        'persistentvolumeclaims "vast" is forbidden: maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi',
    });
    await cluster.request('DELETE', `/api/v1/namespaces/${where}`);
  });

  it('a pod gets the worth of its priority class, and is refused without one of the name', async () => {
    const name = 'behaviour-urgent';
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    await cluster.request('POST', classes, { metadata: { name }, value: 1000 });
    const spec = { containers: [container()], priorityClassName: name };
    const made = await waitFor('the class to be known', () => tryPod(namespace, spec).catch(() => undefined));
    expect(made.spec).toMatchObject({
      priorityClassName: name,
      priority: 1000,
      preemptionPolicy: 'PreemptLowerPriority',
    });
    expect((await refusal(tryPod(namespace, { ...spec, priorityClassName: 'absent' }))).message).toBe(
      'pods "try-" is forbidden: no PriorityClass with name absent was found',
    );
    await cluster.request('DELETE', `${classes}/${name}`);
  });

  it('a policy denies what its expressions do not hold for, in its own words', async () => {
    const admission = '/apis/admissionregistration.k8s.io/v1';
    const name = 'behaviour-ceiling';
    const rule = {
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['deployments'],
    };
    await cluster.request('POST', `${admission}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [
          { expression: 'object.spec.replicas <= 3', message: 'At most three.' },
          {
            expression: "object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example/'))",
            message: 'Ours alone.',
          },
        ],
      },
    });
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
    await cluster.request('POST', `${admission}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
    });
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const tryIt = (body: object) => cluster.request('POST', `${path}?dryRun=All`, body);
    // The policy is compiled and bound a moment after it is there.
    const refused = await waitFor('the policy to hold', () =>
      refusal(tryIt(deployment('many', { replicas: 4 }))).catch(() => undefined),
    );
    expect(refused).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: `deployments.apps "many" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: At most three.`,
    });
    expect((await refusal(tryIt(deployment('foreign', { image: 'elsewhere/x:1' })))).message).toContain(
      'denied request: Ours alone.',
    );
    expect(await tryIt(deployment('few', { replicas: 3 }))).toMatchObject({ kind: 'Deployment' });
    await cluster.request('DELETE', `${admission}/validatingadmissionpolicybindings/${name}`);
    await cluster.request('DELETE', `${admission}/validatingadmissionpolicies/${name}`);
  });

  it('PodSecurity names everything that its level forbids', async () => {
    const restricted =
      'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';
    expect((await refusal(tryPod(guarded, { containers: [container()] }))).message).toMatch(
      /^pods "try-[a-z0-9]{5}" is forbidden: violates PodSecurity "restricted:latest": /,
    );
    expect((await refusal(tryPod(guarded, { containers: [container()] }))).message).toContain(restricted);
    const open = { hostNetwork: true, containers: [container({ securityContext: { privileged: true } })] };
    expect((await refusal(tryPod(guarded, open))).message).toContain(
      `host namespaces (hostNetwork=true), privileged (container "app" must not set securityContext.privileged=true), ${restricted}`,
    );
    const safe = {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        container({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }),
      ],
    };
    expect(await tryPod(guarded, safe)).toMatchObject({ kind: 'Pod' });
    await cluster.request('POST', `/apis/apps/v1/namespaces/${guarded}/deployments`, deployment('open'));
    expect((await failureOf(guarded, 'open')).message).toContain('violates PodSecurity "restricted:latest"');
  });
});
