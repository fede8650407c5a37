import { createAddressGuard } from '@quarterdeck/outbound';
import {
  attachBothFleets,
  describeFleets,
  failAnnotation,
  stopFleets,
  type TestCluster,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { parseKubeconfig } from '../auth/kubeconfig.ts';
import { diagnose } from '../health/diagnose.ts';
import { objectHealth } from '../health/object-health.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { applyObject, deleteObject, readObject } from './apply-object.ts';
import { type ApplyContext, sendApply } from './apply-request.ts';
import { driftOf } from './drift-object.ts';
import { withoutFields } from './field-path.ts';
import { type KubernetesObject, refOf } from './object-ref.ts';
import { previewObject } from './preview-object.ts';
import { refusalOf } from './refusal.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));
const namespace = 'apply-objects';
const labels = { 'quarterdeck.dev/application': 'web' };
const clusterOf = `/api/v1/namespaces/${namespace}`;

function configMap(name: string, data: Record<string, string>, more: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels, ...more }, data };
}

function deployment(name: string, pod: { annotations?: object; spec?: object } = {}): KubernetesObject {
  const app = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: app },
      template: {
        metadata: { labels: app, annotations: pod.annotations ?? {} },
        spec: { containers: [{ name: 'app', image: 'registry.example/web:1' }], ...pod.spec },
      },
    },
  };
}

describeFleets(fleets, 'putting objects on a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let context: ApplyContext;

  beforeAll(async () => {
    const endpoint = parseKubeconfig(cluster.kubeconfig).contexts[0]?.endpoint;
    if (endpoint === undefined) throw new Error('the kubeconfig of the testbed is refused');
    const guard = createAddressGuard({ allow: [`127.0.0.1/32:${new URL(cluster.server).port}`] });
    const group = 'apply-objects-deployers';
    context = {
      client: createClusterClient({ endpoint, guard }),
      identity: { user: 'quarterdeck:deployer', groups: [group] },
      fieldManager: 'quarterdeck-release.testtest',
    };
    await cluster.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: group },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
    });
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    // Until then the pods of a namespace are refused.
    await waitFor('the default ServiceAccount', () =>
      cluster.request('GET', `${clusterOf}/serviceaccounts/default`).catch(() => undefined),
    );
  });
  afterAll(async () => {
    await context?.client.close();
    await cluster.request('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/apply-objects-deployers');
    await cluster.request('DELETE', clusterOf);
  });

  async function applied(object: KubernetesObject) {
    const result = await answered(object);
    if (result.outcome !== 'applied') throw new Error(result.detail);
    return result;
  }

  /** As a run does: a controller that writes between our look and our write is asked again. */
  async function answered(object: KubernetesObject) {
    return waitFor('an answer other than to try again', async () => {
      const result = await applyObject(context, object);
      return result.outcome === 'retry' ? undefined : result;
    });
  }

  it('a new object is shown as new, and nothing is written until it is applied', async () => {
    const object = configMap('new', { a: '1' });
    await expect(previewObject(context, object)).resolves.toMatchObject({
      change: 'create',
      after: { data: { a: '1' } },
    });
    await expect(readObject(context, refOf(object))).resolves.toBeUndefined();
    const { uid, changed } = await applied(object);
    expect(changed).toBe(true);
    expect((await readObject(context, refOf(object)))?.metadata?.uid).toBe(uid);
  });

  it('the same again changes nothing, not even the resourceVersion', async () => {
    const object = deployment('same');
    const first = await applied(object);
    await waitFor('the Deployment to be current', async () =>
      objectHealth(await readObject(context, refOf(object))).state === 'current' ? true : undefined,
    );
    const before = await readObject(context, refOf(object));
    const again = await applied(object);
    expect(again).toEqual({ ...first, resourceVersion: before?.metadata?.resourceVersion, changed: false });
    const preview = await previewObject(context, object);
    expect(preview).toMatchObject({ change: 'unchanged', uid: first.uid });
    expect(preview.before).toEqual(preview.after);
    expect(JSON.stringify(preview)).not.toMatch(/managedFields|resourceVersion|creationTimestamp/);
  });

  it('a field left out is taken away again', async () => {
    await applied(configMap('shrinks', { a: '1', b: '2' }));
    await applied(configMap('shrinks', { a: '1' }));
    expect((await readObject(context, refOf(configMap('shrinks', {}))))?.data).toEqual({ a: '1' });
  });

  it('a field that somebody else owns is a conflict that names both, and stays theirs', async () => {
    const object = configMap('contested', { a: 'ours' });
    await applied(object);
    await cluster.request('PATCH', `${clusterOf}/configmaps/contested?fieldManager=kubectl-edit`, {
      data: { a: 'theirs' },
    });
    const result = await applyObject(context, object);
    expect(result).toMatchObject({ outcome: 'conflict', code: 'conflict', field: '.data.a' });
    expect('detail' in result && result.detail).toContain('kubectl-edit');
    await expect(previewObject(context, object)).resolves.toMatchObject({
      change: 'conflict',
      finding: { level: 'warn', code: 'conflict', field: '.data.a' },
      questions: [{ about: 'field', field: '.data.a', manager: 'kubectl-edit', live: '"theirs"', ours: '"ours"' }],
    });
    await expect(previewObject(context, object, { takes: ['.data.a'] })).resolves.toMatchObject({
      change: 'change',
      after: { data: { a: 'ours' } },
      questions: [],
    });
    // Left to its manager, it is no field of ours any more.
    await expect(previewObject(context, withoutFields(object, ['.data.a']))).resolves.toMatchObject({
      change: 'unchanged',
      questions: [],
    });
    expect((await readObject(context, refOf(object)))?.data).toEqual({ a: 'theirs' });
  });

  it('fields that somebody decided about are taken by force, and no others', async () => {
    const object = configMap('taken', { a: 'ours', b: 'ours' });
    await applied(object);
    await cluster.request('PATCH', `${clusterOf}/configmaps/taken?fieldManager=kubectl-edit`, {
      data: { a: 'theirs', b: 'theirs' },
    });
    await expect(applyObject(context, object, { takes: ['.data.a'] })).resolves.toMatchObject({ outcome: 'conflict' });
    expect((await readObject(context, refOf(object)))?.data).toEqual({ a: 'theirs', b: 'theirs' });
    await expect(applyObject(context, object, { takes: ['.data.a', '.data.b'] })).resolves.toMatchObject({
      outcome: 'applied',
    });
    expect((await readObject(context, refOf(object)))?.data).toEqual({ a: 'ours', b: 'ours' });
  });

  it('what hands did to an object is told from what we put there: fields with their managers, or that it is gone', async () => {
    const object = deployment('drifts');
    const { uid } = await applied(object);
    const first = await driftOf(context, object, { uid });
    if (first.kind !== 'same') throw new Error(`it drifts by itself: ${JSON.stringify(first)}`);
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/drifts`;
    await cluster.request('PATCH', `${path}?fieldManager=kubectl-edit`, {
      metadata: { annotations: { note: 'by hand' }, labels: { team: 'theirs' } },
      spec: { replicas: 3 },
    });
    const { fingerprint } = first;
    await expect(driftOf(context, object, { uid, fingerprint })).resolves.toMatchObject({
      kind: 'changed',
      fields: [{ path: '.spec.replicas', manager: expect.stringContaining('kubectl-edit'), at: expect.any(String) }],
      before: { spec: { replicas: 3 } },
      after: { spec: { replicas: 1 } },
    });
    await applied({ ...object, spec: { ...(object.spec as object), replicas: 3 } });
    await expect(
      driftOf(context, { ...object, spec: { ...(object.spec as object), replicas: 3 } }, { uid }),
    ).resolves.toMatchObject({ kind: 'same' });
    await expect(driftOf(context, object, { uid: 'another' })).resolves.toMatchObject({
      kind: 'replaced',
      isOurs: true,
    });
    await cluster.request('DELETE', path);
    await expect(driftOf(context, object, { uid })).resolves.toEqual({ kind: 'deleted' });
  });

  it('an object that nobody labelled is adopted once somebody says so: what kubectl owned is ours', async () => {
    const service = (port: number, more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'adopted', namespace, ...more },
      spec: { selector: { app: 'adopted' }, ports: [{ name: 'http', port, protocol: 'TCP' }] },
    });
    await cluster.request(
      'POST',
      `${clusterOf}/services?fieldManager=kubectl-create`,
      service(80, { annotations: { left: 'by hand' } }),
    );
    const object = service(8080, { labels });
    const { questions } = await previewObject(context, object);
    expect(questions).toMatchObject([{ about: 'adopt', manager: expect.stringContaining('kubectl-create') }]);
    await expect(applyObject(context, object)).resolves.toMatchObject({ outcome: 'denied', code: 'not_adopted' });
    await expect(previewObject(context, object, { adopts: true })).resolves.toMatchObject({
      finding: { level: 'info', code: 'adopted_first' },
      questions: [],
    });
    await expect(applyObject(context, object, { adopts: true })).resolves.toMatchObject({ outcome: 'applied' });
    const live = await readObject(context, refOf(object));
    // Without the renaming the port of before would stay, and two would have one name.
    const { ports } = (live?.spec ?? {}) as { ports?: object[] };
    expect(ports).toMatchObject([{ name: 'http', port: 8080 }]);
    expect(ports).toHaveLength(1);
    expect(live?.metadata).not.toMatchObject({ annotations: { left: 'by hand' } });
    await expect(applyObject(context, object)).resolves.toMatchObject({ outcome: 'applied', changed: false });
  });

  it('a number of replicas that goes over to an autoscaler, and comes back from it, is never 1 on the way', async () => {
    const withReplicas = (replicas?: number) => {
      const object = deployment('handed');
      const { replicas: _one, ...spec } = object.spec as { replicas: number };
      return { ...object, spec: replicas === undefined ? spec : { replicas, ...spec } } as KubernetesObject;
    };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/handed`;
    const number = async () => (await readObject(context, refOf(withReplicas())))?.spec as { replicas: number };
    await applied(withReplicas(3));
    await expect(previewObject(context, withReplicas())).resolves.toMatchObject({
      change: 'unchanged',
      after: { spec: { replicas: 3 } },
    });
    const { generation } = await applied(withReplicas());
    expect(await number()).toMatchObject({ replicas: 3 });
    // No generation of it ever had another number.
    expect(generation).toBe(1);

    const scale = await cluster.request<object>('GET', `${path}/scale`);
    await cluster.request('PUT', `${path}/scale?fieldManager=kube-controller-manager`, {
      ...scale,
      spec: { replicas: 5 },
    });
    await applied(withReplicas());
    expect(await number()).toMatchObject({ replicas: 5 });
    await expect(applyObject(context, withReplicas(2))).resolves.toMatchObject({ outcome: 'conflict' });
    await waitFor('the number to be ours again', async () => {
      const { outcome } = await applyObject(context, withReplicas(2), { takesReplicas: true });
      return outcome === 'retry' ? undefined : outcome;
    });
    expect(await number()).toMatchObject({ replicas: 2 });
  });

  it.each([
    ['another tool’s label', { 'app.kubernetes.io/managed-by': 'Helm' }],
    ['another application’s label', { 'quarterdeck.dev/application': 'shop', tool: 'ours' }],
  ])('an object with %s is left alone', async (_case, theirs) => {
    const name = `foreign-${Object.keys(theirs).length}`;
    await cluster.request('POST', `${clusterOf}/configmaps`, {
      metadata: { name, labels: theirs },
      data: { a: 'theirs' },
    });
    const object = configMap(name, { b: 'ours' });
    await expect(previewObject(context, object)).resolves.toMatchObject({
      finding: { level: 'block', code: 'owned_by_another' },
    });
    await expect(applyObject(context, object, { adopts: true })).resolves.toMatchObject({
      outcome: 'denied',
      code: 'owned_by_another',
    });
    expect((await readObject(context, refOf(object)))?.data).toEqual({ a: 'theirs' });
  });

  it('a namespace that is not there is named', async () => {
    const object = configMap('x', { a: '1' }, { namespace: 'apply-nowhere' });
    await expect(previewObject(context, object)).resolves.toMatchObject({ finding: { code: 'namespace_missing' } });
    await expect(applyObject(context, object)).resolves.toMatchObject({ outcome: 'denied', code: 'namespace_missing' });
  });

  it('an immutable field, a wrong type and an unknown field are invalid, never tried again', async () => {
    await applied(deployment('fixed'));
    const other = deployment('fixed');
    (other.spec as { selector: object }).selector = { matchLabels: { app: 'other' } };
    (other.spec as { template: { metadata: object } }).template.metadata = { labels: { app: 'other' } };
    expect(await answered(other)).toMatchObject({ outcome: 'invalid', code: 'immutable_field' });
    const wrong = { ...deployment('wrong'), spec: { replicas: 'two' } };
    await expect(applyObject(context, wrong)).resolves.toMatchObject({ outcome: 'invalid', code: 'invalid_object' });
    const unknown = { ...configMap('unknown', {}), dataa: {} };
    await expect(applyObject(context, unknown)).resolves.toMatchObject({ outcome: 'invalid', code: 'invalid_object' });
  });

  it('the values of a Secret are never shown', async () => {
    const secret = { ...configMap('hidden', {}), kind: 'Secret', data: { key: 'aHVudGVyMg==' } };
    await applied(secret);
    const data = { key: 'b3RoZXI=', more: 'bmV3' };
    const preview = await previewObject(context, { ...secret, data });
    expect(preview).toMatchObject({
      change: 'change',
      before: { data: { key: '[secret]' } },
      after: { data: { key: '[secret, changed]', more: '[secret]' } },
    });
    expect(JSON.stringify(preview)).not.toMatch(/aHVudGVyMg|b3RoZXI|bmV3/);
    await expect(previewObject(context, secret)).resolves.toMatchObject({ change: 'unchanged' });
  });

  it('only the very object that was meant is deleted', async () => {
    const object = configMap('deleted', { a: '1' });
    const ref = refOf(object);
    const { uid } = await applied(object);
    await expect(deleteObject(context, ref, '00000000-0000-4000-8000-000000000000')).resolves.toBe('replaced');
    await expect(readObject(context, ref)).resolves.toBeDefined();
    await expect(deleteObject(context, ref, uid)).resolves.toBe('deleted');
    await expect(readObject(context, ref)).resolves.toBeUndefined();
    await expect(deleteObject(context, ref, uid)).resolves.toBe('gone');
    await applied(object);
    await expect(applyObject(context, object, { uid })).resolves.toMatchObject({ outcome: 'replaced' });
    // The same between our look and our write, where the API server alone can say so.
    const old = { ...object, metadata: { ...object.metadata, uid } };
    const answer = await sendApply(context, old, ref, { dryRun: false });
    expect([[409, 422], refusalOf(answer, ref).outcome]).toEqual([expect.arrayContaining([answer.status]), 'replaced']);
  });

  it('options of a deletion count in its body alone', async () => {
    const path = `${clusterOf}/configmaps/options`;
    const options = { apiVersion: 'v1', kind: 'DeleteOptions' };
    await applied(configMap('options', {}));
    // Without a body the query counts; beside one it is ignored, and the object is gone.
    await cluster.request('DELETE', `${path}?dryRun=All`);
    await expect(cluster.request('GET', path)).resolves.toBeDefined();
    await cluster.request('DELETE', path, { ...options, dryRun: ['All'] });
    await expect(cluster.request('GET', path)).resolves.toBeDefined();
    await cluster.request('DELETE', `${path}?dryRun=All`, options);
    await expect(cluster.request('GET', path)).rejects.toThrow();
  });

  it('a deployer without rights is told so', async () => {
    const powerless = { ...context, identity: { user: 'quarterdeck:deployer', groups: ['nobody'] } };
    await expect(applyObject(powerless, configMap('x', {}))).resolves.toMatchObject({
      outcome: 'denied',
      code: 'cluster_forbidden',
    });
  });

  it('a missing ServiceAccount of the pods shows before anything is applied', async () => {
    const object = deployment('no-account', { spec: { serviceAccountName: 'absent' } });
    await expect(previewObject(context, object)).resolves.toMatchObject({
      change: 'create',
      finding: { level: 'block', code: 'service_account_missing', detail: expect.stringContaining('absent') },
    });
  });

  it('a quota that leaves no room shows before, and names the cause after', async () => {
    const full = 'apply-quota';
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: full } });
    await waitFor('the default ServiceAccount', () =>
      cluster.request('GET', `/api/v1/namespaces/${full}/serviceaccounts/default`).catch(() => undefined),
    );
    await cluster.request('POST', `/api/v1/namespaces/${full}/resourcequotas`, {
      metadata: { name: 'none' },
      spec: { hard: { pods: '0' } },
    });
    await waitFor('the quota to count', async () => {
      const quota = await cluster.request<{ status?: { hard?: object } }>(
        'GET',
        `/api/v1/namespaces/${full}/resourcequotas/none`,
      );
      return quota.status?.hard;
    });
    const object = deployment('crowded');
    object.metadata.namespace = full;
    await expect(previewObject(context, object)).resolves.toMatchObject({
      finding: { level: 'block', code: 'quota_exceeded' },
    });
    await applied(object);
    const verdict = await waitFor('the ReplicaSet to fail', async () => {
      const sets = await cluster.request<{ items: object[] }>('GET', `/apis/apps/v1/namespaces/${full}/replicasets`);
      return diagnose({ replicaSets: sets.items, pods: [], events: [] });
    });
    expect(verdict).toMatchObject({ code: 'quota_exceeded', evidence: [expect.stringContaining('exceeded quota')] });
    // Nothing new is asked for: what is there already passes.
    await expect(previewObject(context, object)).resolves.not.toHaveProperty('finding');
    await cluster.request('DELETE', `/api/v1/namespaces/${full}`);
  });

  it.each([
    ['image-pull', 'image_pull', 'not in the registry'],
    ['crash-loop', 'crash_loop', 'exit code 1'],
  ])('pods that fail by %s are diagnosed as %s', async (mode, code, words) => {
    await applied(deployment(mode, { annotations: { [failAnnotation]: mode } }));
    const verdict = await waitFor('a verdict', async () => {
      const pods = await cluster.request<{ items: object[] }>('GET', `${clusterOf}/pods?labelSelector=app%3D${mode}`);
      const events = await cluster.request<{ items: object[] }>('GET', `${clusterOf}/events`);
      return diagnose({ replicaSets: [], pods: pods.items, events: events.items });
    });
    expect(verdict.code).toBe(code);
    expect(verdict.summary).toContain(words);
    expect(verdict.object).toMatchObject({ kind: 'Pod', namespace });
  });
});
