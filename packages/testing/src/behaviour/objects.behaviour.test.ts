import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { configMap, deployment, type Kube, type KubeList, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-objects';
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;

describeFleets(fleets, 'objects of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(() => makeNamespace(cluster, namespace));
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  const create = (body: unknown, query = '') => cluster.request<Kube>('POST', `${configMaps}${query}`, body);
  const get = (name: string) => cluster.request<Kube>('GET', `${configMaps}/${name}`);

  it('a new object gets an identity and a version', async () => {
    const made = await create(configMap('first', { a: '1' }));
    expect(made).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'first',
        namespace,
        uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        managedFields: [expect.objectContaining({ operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' })],
      },
      data: { a: '1' },
    });
    expect(await get('first')).toEqual(made);
  });

  it('a prefix is made a name', async () => {
    const made = await create({ metadata: { generateName: 'many-' } });
    expect(made.metadata).toMatchObject({ generateName: 'many-', name: expect.stringMatching(/^many-[a-z0-9]{5}$/) });
  });

  it('names what is taken, missing, or no name', async () => {
    await create(configMap('taken'));
    expect(await refusal(create(configMap('taken')))).toMatchObject({
      status: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "taken" already exists',
      details: { name: 'taken', kind: 'configmaps' },
    });
    expect(await refusal(get('absent'))).toMatchObject({
      status: 404,
      reason: 'NotFound',
      message: 'configmaps "absent" not found',
    });
    expect(await refusal(cluster.request('GET', `${deployments}/absent`))).toMatchObject({
      message: 'deployments.apps "absent" not found',
      details: { name: 'absent', group: 'apps', kind: 'deployments' },
    });
    expect(
      await refusal(cluster.request('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('x'))),
    ).toMatchObject({
      status: 404,
      message: 'namespaces "nowhere" not found',
      details: { name: 'nowhere', kind: 'namespaces' },
    });
    expect(await refusal(create(configMap('Bad_Name')))).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: expect.stringMatching(
        /^ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/,
      ),
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }] },
    });
    expect(await refusal(create({ metadata: {} }))).toMatchObject({
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      details: { causes: [{ reason: 'FieldValueRequired', field: 'metadata.name' }] },
    });
  });

  it('a merge patch changes what it names and takes away what it sets to null', async () => {
    const made = await create(configMap('patched', { a: '1', b: '2' }, { labels: { keep: 'me' } }));
    const patched = await cluster.request<Kube>('PATCH', `${configMaps}/patched`, { data: { a: null, c: '3' } });
    expect(patched).toMatchObject({ metadata: { uid: made.metadata.uid, labels: { keep: 'me' } } });
    expect(patched.data).toEqual({ b: '2', c: '3' });
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    const same = await cluster.request<Kube>('PATCH', `${configMaps}/patched`, { data: { b: '2' } });
    expect(same.metadata.resourceVersion).toBe(patched.metadata.resourceVersion);
  });

  it('a replacement of an old version is a conflict', async () => {
    const made = await create(configMap('replaced', { a: '1' }));
    const changed = await cluster.request<Kube>('PUT', `${configMaps}/replaced`, { ...made, data: { b: '2' } });
    expect(changed.data).toEqual({ b: '2' });
    expect(await refusal(cluster.request('PUT', `${configMaps}/replaced`, { ...made, data: {} }))).toMatchObject({
      status: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "replaced": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('another uid is refused: by a patch as immutable, by a delete as a precondition', async () => {
    const made = await create(configMap('meant'));
    const uid = '00000000-0000-4000-8000-000000000000';
    expect(await refusal(cluster.request('PATCH', `${configMaps}/meant`, { metadata: { uid } }))).toMatchObject({
      status: 422,
      message: `ConfigMap "meant" is invalid: metadata.uid: Invalid value: "${uid}": field is immutable`,
    });
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    expect(await refusal(cluster.request('DELETE', `${configMaps}/meant`, body))).toMatchObject({
      status: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on ConfigMap "meant": the UID in the precondition (${uid}) does not match the UID in record (${made.metadata.uid}). The object might have been deleted and then recreated`,
    });
    const right = { ...body, preconditions: { uid: made.metadata.uid } };
    expect(await cluster.request('DELETE', `${configMaps}/meant`, right)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'meant', kind: 'configmaps', uid: made.metadata.uid },
    });
    expect(await refusal(get('meant'))).toMatchObject({ status: 404 });
  });

  it('a dry run answers as if, and writes nothing', async () => {
    const dry = await create(configMap('dry', { a: '1' }), '?dryRun=All');
    expect(dry.metadata).toMatchObject({ name: 'dry', uid: expect.any(String) });
    expect(dry.metadata).not.toHaveProperty('resourceVersion');
    expect(await refusal(get('dry'))).toMatchObject({ status: 404 });
    const made = await create(configMap('stays', { a: '1' }));
    const patched = await cluster.request<Kube>('PATCH', `${configMaps}/stays?dryRun=All`, { data: { a: '2' } });
    expect(patched.data).toEqual({ a: '2' });
    await cluster.request('DELETE', `${configMaps}/stays`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      dryRun: ['All'],
    });
    expect(await get('stays')).toEqual(made);
  });

  it('an unknown field is dropped or, where validation is strict, refused', async () => {
    const body = { ...configMap('fields'), dataa: {} };
    expect(await refusal(create(body, '?fieldValidation=Strict'))).toMatchObject({
      status: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dataa"',
    });
    expect(await create(body)).not.toHaveProperty('dataa');
  });

  it('a value of the wrong type is refused', async () => {
    const body = { ...configMap('typed'), data: { a: 1 } };
    expect(await refusal(create(body))).toMatchObject({
      status: 400,
      message: expect.stringContaining('cannot be handled as a ConfigMap: json: cannot unmarshal number'),
    });
  });

  it('a Deployment must select its own pods, and its selector never changes', async () => {
    const wrong = deployment('wrong');
    wrong.spec.selector.matchLabels.app = 'other';
    expect(await refusal(cluster.request('POST', deployments, wrong))).toMatchObject({
      status: 422,
      message:
        'Deployment.apps "wrong" is invalid: spec.template.metadata.labels: Invalid value: {"app":"wrong"}: `selector` does not match template `labels`',
    });
    await cluster.request('POST', deployments, deployment('fixed', { replicas: 0 }));
    const other = {
      spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } },
    };
    expect(await refusal(cluster.request('PATCH', `${deployments}/fixed`, other))).toMatchObject({
      status: 422,
      message:
        'Deployment.apps "fixed" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    });
  });

  it('the generation counts changes of the spec, and of nothing else', async () => {
    const made = await cluster.request<Kube>('POST', deployments, deployment('counted', { replicas: 0 }));
    expect(made.metadata.generation).toBe(1);
    const labelled = await cluster.request<Kube>('PATCH', `${deployments}/counted`, {
      metadata: { labels: { a: 'b' } },
    });
    expect(labelled.metadata.generation).toBe(1);
    const changed = await cluster.request<Kube>('PATCH', `${deployments}/counted`, { spec: { minReadySeconds: 1 } });
    expect(changed.metadata.generation).toBe(2);
  });

  it.each([
    ['tier=web', ['red', 'blue']],
    ['tier=web,colour=red', ['red']],
    ['tier!=web', ['plain']],
    ['colour in (red, green)', ['red']],
    ['colour', ['red', 'blue']],
    ['!colour', ['plain']],
  ])('the label selector %s finds %j', async (selector, found) => {
    const suite = 'behaviour-selected';
    for (const [name, labels] of Object.entries({
      red: { tier: 'web', colour: 'red' },
      blue: { tier: 'web', colour: 'blue' },
      plain: {},
    }))
      await create(configMap(name, {}, { labels: { suite, ...labels } })).catch(() => undefined);
    const query = encodeURIComponent(`suite=${suite},${selector}`);
    const { items } = await cluster.request<KubeList>('GET', `${configMaps}?labelSelector=${query}`);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(found.sort());
  });

  it('a field selector finds one by its name', async () => {
    await create(configMap('by-field'));
    const { items } = await cluster.request<KubeList>('GET', `${configMaps}?fieldSelector=metadata.name%3Dby-field`);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['by-field']);
  });

  it('a namespace takes what is in it along, and then is gone', async () => {
    const name = 'behaviour-leaves';
    await makeNamespace(cluster, name);
    await cluster.request('POST', `/api/v1/namespaces/${name}/configmaps`, configMap('inside'));
    const going = await cluster.request<Kube>('DELETE', `/api/v1/namespaces/${name}`);
    expect(going).toMatchObject({
      kind: 'Namespace',
      status: { phase: 'Terminating' },
      metadata: { deletionTimestamp: expect.any(String) },
    });
    const late = await refusal(cluster.request('POST', `/api/v1/namespaces/${name}/configmaps`, configMap('late')));
    expect([
      `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
      `namespaces "${name}" not found`,
    ]).toContain(late.message);
    const isGone = async () => (await refusal(cluster.request('GET', `/api/v1/namespaces/${name}`))).status;
    await expect.poll(() => isGone().catch(() => 200)).toBe(404);
  });
});
