import {
  type Application,
  approveEvacuation,
  catchUpDebt,
  createEvacuation,
  type Evacuation,
  getEvacuation,
  listEvacuations,
  type ReleaseDetail,
  rollbackRelease,
} from '@quarterdeck/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { systemActor } from '../../platform/principal.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** In order: alpha is lost. No worker runs here; what runs leave behind is written by hand. */
let test: TestApp;
let owner: SignedInClient;
let manager: Person;
let alpha: string;
let place: { applicationId: string; environmentId: string };
let draft: Evacuation;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
  alpha = await post('/clusters', { slug: 'alpha', access, acceptUnverified: true });
  const beta = await post('/clusters', { slug: 'beta', access, acceptUnverified: true });
  await test.database.transaction((tx) => test.composition.clustersStore.setState(tx, beta, 'connected', undefined));
  const projectId = await post('/projects', { slug: 'shop' });
  const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
  const environmentId = await post(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules });
  const applicationId = await post('/applications', { projectId, slug: 'web', environments: [{ environmentId }] });
  place = { applicationId, environmentId };
  manager = await addPerson(test, 'manager');
  await addGrant(test, manager, 'release-manager', { kind: 'project', id: projectId });
  const release = await deploy('1');
  await ends(release, 'healthy');
  await test.database.pool.query(
    `INSERT INTO target_object (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256, uid)
     SELECT o.target_id, x.cluster_id, o."group", o.version, o.kind, o.namespace, o.name, 'live', o.release_id, o.sha256, 'uid-' || o.seq
     FROM release_object o JOIN target_run x ON x.release_id = o.release_id AND x.target_id = o.target_id`,
  );
});
afterAll(() => test.close());

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}
async function deploy(tag: string): Promise<ReleaseDetail> {
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  const templateVersionId = (body.items as { name: string; latestVersionId: string }[]).find(
    ({ name }) => name === 'web-service',
  )?.latestVersionId;
  const images = { main: `registry.example.com/shop/web:${tag}` };
  const made = await owner.request({
    method: 'POST',
    url: '/releases',
    payload: { ...place, templateVersionId, images, parameters: { replicas: 2 } },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  return made.body as unknown as ReleaseDetail;
}
async function ends({ id }: { id: string }, state: string): Promise<void> {
  await test.database.pool.query(
    'UPDATE target_run SET state = $2, started_at = now(), ended_at = now() WHERE release_id = $1',
    [toUuid(id), state],
  );
  await test.database.pool.query("UPDATE release SET state = 'succeeded', ended_at = now() WHERE id = $1", [
    toUuid(id),
  ]);
}
const read = async (id: string, who: Pick<SignedInClient, 'request'> = owner) =>
  (await who.request({ method: 'GET', url: getEvacuation.path.replace(':id', id) })).body as unknown as Evacuation;
const approve = (items: object[], who: Pick<SignedInClient, 'request'> = owner) =>
  who.request({
    method: 'POST',
    url: approveEvacuation.path.replace(':id', draft.id),
    payload: { items, reason: 'the room burns' },
  });
const targets = async () => {
  const { rows } = await test.database.pool.query<{ slug: string; state: string }>(
    'SELECT c.slug, t.state FROM target t JOIN clusters_cluster c ON c.id = t.cluster_id ORDER BY 1',
  );
  return rows.map(({ slug, state }) => [slug, state]);
};

it('drafts where each application could go, and says what speaks against it', async () => {
  const made = await owner.request({ method: 'POST', url: createEvacuation.path, payload: { clusterId: alpha } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  draft = made.body as unknown as Evacuation;
  expect(draft).toMatchObject({
    cluster: 'alpha',
    items: [
      {
        application: 'web',
        state: 'blocked',
        release: { number: 1 },
        needs: { pods: 2 },
        destination: { cluster: 'beta', namespace: 'shop', isNew: true },
      },
    ],
  });
  // No node of beta is known here: nothing finds a seat.
  const codes = draft.items[0]?.findings.map(({ level, code }) => [level, code]);
  expect(codes).toContainEqual(['block', 'no_capacity']);
  expect(codes).toContainEqual(['warn', 'image_unproven']);
  expect(codes).toContainEqual(['info', 'new_rule']);
  expect(await targets()).toEqual([['alpha', 'active']]);
});

it('shows a draft with the applications that somebody may evacuate, and no others', async () => {
  const stranger = await addPerson(test, 'stranger');
  const other = await post('/projects', { slug: 'other' });
  await addGrant(test, stranger, 'release-manager', { kind: 'project', id: other });
  expect((await read(draft.id, manager)).items).toHaveLength(1);
  const listed = await stranger.request({ method: 'GET', url: `${listEvacuations.path}?cluster=${alpha}` });
  expect(listed.body.items).toEqual([]);
  expect((await stranger.request({ method: 'GET', url: getEvacuation.path.replace(':id', draft.id) })).status).toBe(
    404,
  );
  expect((await approve([place], stranger)).status).toBe(404);
});

it('does not put what is blocked anywhere, nor what the draft does not have', async () => {
  expect((await approve([{ ...place }])).body).toMatchObject({ refused: [{ code: 'item_blocked' }] });
  expect(await approve([{ ...place, applicationId: 'app_01h455vb4pex5vsknk084sn02q' }])).toMatchObject({
    status: 422,
    body: { code: 'item_unknown', errors: [{ pointer: '/items/0' }] },
  });
});

it('asks for what must be taken care of first, and who may change rules for a cluster that is new', async () => {
  const confirm = { level: 'confirm', code: 'single_instance', detail: 'make sure that it is off' };
  await test.database.pool.query(
    `UPDATE evacuation_item SET state = 'proposed', proposal = jsonb_set(proposal, '{findings}', $1::jsonb)`,
    [JSON.stringify([confirm])],
  );
  expect(await approve([place])).toMatchObject({
    status: 422,
    body: { code: 'not_confirmed', errors: [{ pointer: '/items/0/accepts' }] },
  });
  const refused = await approve([{ ...place, accepts: ['single_instance'] }], manager);
  expect(refused.body).toMatchObject({ refused: [{ code: 'forbidden' }] });
  expect(await targets()).toEqual([['alpha', 'active']]);
});

it('puts what is approved elsewhere as a release, once, and stands the lost target down', async () => {
  const { status, body } = await approve([{ ...place, accepts: ['single_instance'] }]);
  expect(status, JSON.stringify(body)).toBe(202);
  expect(body).toMatchObject({
    refused: [],
    evacuation: { items: [{ state: 'approved', evacuation: { number: 2 } }] },
  });
  await approve([{ ...place, accepts: ['single_instance'] }]);
  const { rows } = await test.database.pool.query<{ id: string; kind: string; bytes: string }>(
    `SELECT r.id, r.kind, b.bytes FROM release r JOIN release_object o ON o.release_id = r.id AND o.kind = 'Deployment'
     JOIN manifest_blob b ON b.sha256 = o.sha256 WHERE r.number > 1`,
  );
  expect(rows.map(({ kind }) => kind)).toEqual(['evacuate']);
  expect(rows[0]?.bytes).toContain('"value":"beta"');
  expect(await targets()).toEqual([
    ['alpha', 'paused'],
    ['beta', 'active'],
  ]);
  await ends({ id: fromUuid('rel', rows[0]?.id ?? '') }, 'healthy');
  const inList = await owner.request({ method: 'GET', url: `/releases?application=${place.applicationId}` });
  expect(inList.body.items).toMatchObject([
    { number: 2, standingCount: 1 },
    { number: 1, standingCount: 0 },
  ]);
  const back = rollbackRelease.path.replace(':id', draft.items[0]?.release.id ?? '');
  expect(await owner.request({ method: 'POST', url: back, payload: {} })).toMatchObject({
    status: 409,
    body: { code: 'not_rollbackable' },
  });
  const next = await deploy('2');
  expect(next.targets.map(({ cluster }) => cluster)).toEqual(['beta']);
  await ends(next, 'healthy');
});

it('brings the target back when somebody says so, with what is newest by then', async () => {
  const { rows } = await test.database.pool.query<{ id: string; reason: string }>('SELECT id, reason FROM debt');
  expect(rows.map(({ reason }) => reason)).toEqual(['evacuated']);
  const all = (await test.composition.clusters.records()).map(({ id }) => id);
  expect(await test.composition.machineStore.owed(all, 10)).toEqual([]);
  const debt = fromUuid('dbt', rows[0]?.id ?? '');
  const owed = async () =>
    (
      (await owner.request({ method: 'GET', url: `/applications/${place.applicationId}` }))
        .body as unknown as Application
    ).environments[0]?.targets.find(({ cluster }) => cluster === 'alpha')?.debt;
  expect(await owed()).toMatchObject({ reason: 'evacuated', releaseNumber: 2, asksFirst: true });
  const become = (reason: string, days: number) =>
    test.database.pool.query('UPDATE debt SET reason = $1, created_at = now() - make_interval(days => $2)', [
      reason,
      days,
    ]);
  await become('unreachable', 6);
  expect(await owed()).toMatchObject({ asksFirst: false });
  await become('unreachable', 8);
  expect(await owed()).toMatchObject({ asksFirst: true });
  await become('evacuated', 8);
  const back = await owner.request({ method: 'POST', url: catchUpDebt.path.replace(':id', debt) });
  expect(back.status, JSON.stringify(back.body)).toBe(202);
  expect(back.body).toMatchObject({
    kind: 'catch_up',
    images: { main: { reference: expect.stringContaining('web:2') } },
    targets: [{ cluster: 'alpha' }],
  });
  expect(await targets()).toEqual([
    ['alpha', 'active'],
    ['beta', 'active'],
  ]);
});

it('gives an environment the rules of two who evacuate at once, and none twice', async () => {
  const { projects } = test.composition.access;
  const before = await projects.findEnvironment(place.environmentId);
  const projectId = before?.projectId ?? '';
  const actor = systemActor('worker', ['access:projects']);
  const rules = ['one', 'two', 'two'].map((namespace) => ({ selector: { cluster: 'beta' }, namespace }));
  await Promise.all(
    rules.map((rule) => projects.addRule(actor, { projectId, environmentId: place.environmentId, rule })),
  );
  const after = await projects.findEnvironment(place.environmentId);
  expect(
    after?.rules
      .slice(before?.rules.length)
      .map(({ namespace }) => namespace)
      .sort(),
  ).toEqual(['one', 'two']);
});

it('puts what others need first, says what stands outside, and tells nobody of what they may not see', async () => {
  const before = await test.composition.access.projects.findEnvironment(place.environmentId);
  const rules = [{ selector: { cluster: 'alpha' }, namespace: 'drill' }];
  const drill = { name: 'drill', tier: 'test', rules };
  const environmentId = await post(`/projects/${before?.projectId}/environments`, drill);
  const elsewhere = await post('/projects', { slug: 'mail' });
  await post('/applications', {
    projectId: elsewhere,
    slug: 'post',
    environments: [{ name: 'live', tier: 'production', rules: [{ selector: { cluster: 'beta' }, namespace: 'mail' }] }],
  });
  const ids: Record<string, string> = {};
  for (const slug of ['a-front', 'z-base']) {
    place = {
      applicationId: await post('/applications', {
        projectId: before?.projectId,
        slug,
        environments: [{ environmentId }],
      }),
      environmentId,
    };
    ids[slug] = place.applicationId;
    const release = await deploy('1');
    await ends(release, 'healthy');
    await test.database.pool.query(
      `INSERT INTO target_object (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256, uid)
       SELECT o.target_id, x.cluster_id, o."group", o.version, o.kind, o.namespace, o.name, 'live', o.release_id, o.sha256, 'uid-' || o.seq
       FROM release_object o JOIN target_run x ON x.release_id = o.release_id AND x.target_id = o.target_id WHERE o.release_id = $1`,
      [toUuid(release.id)],
    );
  }
  for (const application of ['shop/z-base', 'mail/post'])
    await post(`/applications/${ids['a-front']}/dependencies`, { application });
  const made = await owner.request({ method: 'POST', url: createEvacuation.path, payload: { clusterId: alpha } });
  draft = made.body as unknown as Evacuation;
  const drafted = ({ items }: Evacuation) => items.filter((item) => item.environment === 'drill');
  expect(drafted(draft)).toMatchObject([
    { application: 'z-base', step: 1, after: [], outside: [], hiddenOutside: 0 },
    {
      application: 'a-front',
      step: 2,
      after: [{ applicationId: ids['z-base'], environmentId }],
      outside: [{ project: 'mail', application: 'post' }],
      hiddenOutside: 0,
    },
  ]);
  expect(drafted(await read(draft.id, manager))[1]).toMatchObject({ outside: [], hiddenOutside: 1 });
  await test.database.pool.query(
    `UPDATE evacuation_item SET state = 'proposed', proposal = jsonb_set(proposal, '{findings}', '[]') WHERE evacuation_id = $1`,
    [toUuid(draft.id)],
  );
  const chosen = ['a-front', 'z-base'].map((slug) => ({ applicationId: ids[slug], environmentId }));
  expect(await approve(chosen)).toMatchObject({ status: 202, body: { refused: [] } });
  const { rows } = await test.database.pool.query<{ slug: string }>(
    `SELECT a.slug FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
     JOIN applications_application a ON a.id = ae.application_id
     WHERE r.kind = 'evacuate' AND ae.environment_id = $1 ORDER BY r.created_at, r.id`,
    [toUuid(environmentId)],
  );
  expect(rows.map(({ slug }) => slug)).toEqual(['z-base', 'a-front']);
});
