import {
  compareDrift,
  compareTargets,
  diffRelease,
  getApplicationDrift,
  listDrift,
  type ReleaseDetail,
  takeBack,
} from '@quarterdeck/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person, principalOf } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOwner } from '../../testing/test-app.ts';
import type { DriftedObject } from './drift.store.ts';

/** No worker runs here and no cluster answers: what runs and comparisons leave behind is written by hand. */
let test: TestApp;
let owner: SignedInClient;
let developer: Person;
let stranger: Person;
let place: { applicationId: string; environmentId: string };
let release: ReleaseDetail;
let targetId: string;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
  const id = await post('/clusters', { slug: 'alpha', access, acceptUnverified: true });
  await test.database.transaction((tx) => test.composition.clustersStore.setState(tx, id, 'connected', undefined));
  const projectId = await post('/projects', { slug: 'shop' });
  const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
  const environmentId = await post(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules });
  const applicationId = await post('/applications', { projectId, slug: 'web', environments: [{ environmentId }] });
  place = { applicationId, environmentId };
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  const templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId;
  const images = { main: 'registry.example.com/shop/web:1' };
  release = (
    await owner.request({ method: 'POST', url: '/releases', payload: { ...place, templateVersionId, images } })
  ).body as unknown as ReleaseDetail;
  targetId = release.targets[0]?.targetId ?? '';
  developer = await addPerson(test, 'developer');
  await addGrant(test, developer, 'developer', { kind: 'project', id: projectId });
  stranger = await addPerson(test, 'stranger');
  await addGrant(test, stranger, 'developer', { kind: 'project', id: await post('/projects', { slug: 'other' }) });
});
afterAll(() => test.close());

beforeEach(async () => {
  const { pool } = test.database;
  await pool.query("DELETE FROM release WHERE kind = 'take_back'");
  await pool.query('DELETE FROM drift_target');
  await pool.query("UPDATE clusters_cluster SET state = 'connected'");
  await pool.query("UPDATE target_run SET state = 'healthy', started_at = now(), ended_at = now()");
  await pool.query("UPDATE release SET state = 'succeeded', ended_at = now()");
});

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

const deployment: DriftedObject = {
  group: 'apps',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  drift: 'changed',
  isOurs: true,
  fields: [{ path: '.spec.replicas', manager: 'kubectl-edit' }],
  detail: undefined,
};
async function found(...objects: DriftedObject[]): Promise<void> {
  const [basis] = await test.composition.driftStore.bases([targetId]);
  if (basis === undefined) throw new Error('nothing was put out');
  expect(await test.composition.driftStore.save(basis, objects)).toBe(true);
}
const drift = async (who: Pick<SignedInClient, 'request'> = owner) => {
  const url = getApplicationDrift.path.replace(':id', place.applicationId);
  const { status, body } = await who.request({ method: 'GET', url });
  return status === 200
    ? (body.targets as { state: string; comparedAt?: string; reason?: string; objects: object[] }[])[0]
    : status;
};
const list = async (query: string, who: Pick<SignedInClient, 'request'> = owner) =>
  (await who.request({ method: 'GET', url: `${listDrift.path}${query}` })).body.items as object[];
const chosen = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', fields: ['.spec.replicas'] };
const take = (objects: object[] = [chosen], who: Pick<SignedInClient, 'request'> = owner, more: object = {}) =>
  who.request({
    method: 'POST',
    url: takeBack.path,
    payload: { ...place, targets: [{ targetId, objects }], note: 'edited by hand', ...more },
  });

describe('drift', () => {
  it('is not said to be none before somebody looked', async () => {
    expect(await drift()).toMatchObject({ state: 'waiting', objects: [] });
    await found();
    expect(await drift()).toMatchObject({ state: 'same', comparedAt: expect.any(String) });
  });

  it('is told with object, field, manager and age, on the application and for the object, to whoever may read it', async () => {
    await found(deployment);
    const told = { kind: 'Deployment', drift: 'changed', since: expect.any(String), fields: deployment.fields };
    expect(await drift()).toMatchObject({ state: 'drifted', since: expect.any(String), objects: [told] });
    expect(await drift(developer)).toMatchObject({ state: 'drifted' });
    expect(await drift(stranger)).toBe(404);
    const application = await owner.request({ method: 'GET', url: `/applications/${place.applicationId}` });
    expect(application.body).toMatchObject({
      environments: [{ targets: [{ drift: { state: 'drifted', objects: 1, since: expect.any(String) } }] }],
    });
    const where = {
      application: 'web',
      project: 'shop',
      environment: 'prod',
      cluster: 'alpha',
      release: { number: 1 },
    };
    expect(await list('?cluster=alpha&namespace=shop&kind=Deployment&name=web')).toMatchObject([{ ...told, ...where }]);
    expect(await list('?name=other')).toEqual([]);
    expect(await list('', stranger)).toEqual([]);
  });

  it('keeps its age over comparisons, and ends with the one that does not find it', async () => {
    await found(deployment);
    await test.database.pool.query("UPDATE drift_object SET since = now() - interval '1 day'");
    await found(deployment, { ...deployment, kind: 'Service', group: '' });
    const ages = ((await drift()) as { objects: { since: string }[] }).objects.map(({ since }) =>
      Math.round((Date.now() - Date.parse(since)) / 3_600_000),
    );
    expect(ages).toEqual([24, 0]);
    await found();
    expect(await drift()).toMatchObject({ state: 'same', objects: [] });
  });

  it('of a cluster that does not answer is not compared, with when it was last; what was found stays', async () => {
    await found(deployment);
    await test.database.pool.query("UPDATE clusters_cluster SET state = 'unreachable', state_reason = 'no route'");
    expect(await drift()).toMatchObject({
      state: 'not_compared',
      reason: 'no route',
      comparedAt: expect.any(String),
      objects: [{ drift: 'changed' }],
    });
  });

  it('is asked of the cluster now: one that does not answer is told with its reason, and stays told', async () => {
    await found();
    const { status, body } = await owner.request({ method: 'POST', url: compareDrift.path, payload: place });
    expect(status).toBe(200);
    expect(body.targets).toMatchObject([{ state: 'not_compared', reason: expect.any(String) }]);
    expect(await drift()).toMatchObject({ state: 'not_compared', comparedAt: expect.any(String) });
    const other = { ...place, targetId: 'tgt_01h455vb4pex5vsknk084sn02q' };
    expect(await owner.request({ method: 'POST', url: compareDrift.path, payload: other })).toMatchObject({
      status: 422,
      body: { code: 'target_unknown', errors: [{ pointer: '/targetId' }] },
    });
  });

  it('is not told while a release is under way, and a comparison that ran meanwhile is dropped', async () => {
    await found(deployment);
    const [basis] = await test.composition.driftStore.bases([targetId]);
    await test.database.pool.query("UPDATE target_run SET state = 'applying'");
    expect(await drift()).toMatchObject({ state: 'unsettled', objects: [] });
    expect(basis && (await test.composition.driftStore.save(basis, []))).toBe(false);
  });
});

it('is compared soon where a run ended while the one before was looked at', async () => {
  const { driftStore } = test.composition;
  await found();
  const { pool } = test.database;
  await pool.query("UPDATE drift_target SET due_at = now() - interval '1 second'");
  expect(await driftStore.take(1)).toHaveLength(1);
  await driftStore.putOff(targetId);
  expect(await driftStore.take(1)).toEqual([]);
  await pool.query("UPDATE drift_target SET due_at = now() - interval '1 second'");
  await driftStore.take(1);
  await pool.query('UPDATE drift_target SET due_at = clock_timestamp()');
  await driftStore.putOff(targetId);
  expect(await driftStore.take(1)).toHaveLength(1);
});

it('is compared soon where an object that a release put there changed, or one of its kind there is gone', async () => {
  const { driftStore } = test.composition;
  const { pool } = test.database;
  const of = `(SELECT number FROM clusters_cluster)`;
  await pool.query(
    `INSERT INTO inventory_namespace (cluster_no, name) VALUES (${of}, 'shop'), (${of}, 'else') ON CONFLICT DO NOTHING`,
  );
  const change = async (namespace: string, name: string | undefined) => {
    const { rows } = await pool.query<{ id: string }>(
      `WITH place AS (SELECT ns_no FROM inventory_namespace WHERE name = $1), row AS (
         INSERT INTO inventory_object (kind_no, cluster_no, ns_no, name, uid, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search, fp)
         SELECT 4, ${of}, ns_no, $2::text, 'u', now(), 1, '', 0, 0, 0, '', '', 0, 0, '{}', '{}', '', 0 FROM place WHERE $2::text IS NOT NULL RETURNING id)
       INSERT INTO inventory_change (cluster_no, rev, kind_no, id, ns_no, op)
       SELECT ${of}, nextval('inventory_object_id_seq'), 4, coalesce((SELECT id FROM row), 0), ns_no, 'U' FROM place RETURNING id`,
      [namespace, name ?? null],
    );
    expect(rows).toHaveLength(1);
    await driftStore.wakeByChanges(undefined);
    const isDue = (await driftStore.take(1)).length === 1;
    await pool.query('DELETE FROM inventory_change; DELETE FROM inventory_object');
    await pool.query("UPDATE drift_target SET due_at = now() + interval '1 hour', lease_until = NULL");
    return isDue;
  };
  await pool.query(
    `INSERT INTO target_object (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256)
     SELECT target_id, cluster_id, 'apps', 'v1', 'Deployment', 'shop', 'web', 'live', release_id, '' FROM target_run LIMIT 1 ON CONFLICT DO NOTHING`,
  );
  await found();
  await pool.query(
    "UPDATE drift_target SET due_at = now() + interval '1 hour', compared_at = now() - interval '1 minute'",
  );
  expect(await change('shop', 'web')).toBe(true);
  expect(await change('shop', 'another')).toBe(false);
  expect(await change('else', 'web')).toBe(false);
  expect(await change('shop', undefined), 'of what is gone the name is not known').toBe(true);
});

describe('a take back', () => {
  it('is a release of the whole target that writes the chosen objects alone, with the fields that were seen', async () => {
    const { status, body } = await take();
    expect(status, JSON.stringify(body)).toBe(202);
    expect(body).toMatchObject({ kind: 'take_back', note: 'edited by hand', images: release.images });
    const { rows } = await test.database.pool.query(
      `SELECT o.kind, s.kind AS step, s.takes, o.sha256 = b.sha256 AS same FROM run_step s JOIN target_run x ON x.id = s.run_id
       JOIN release_object o ON o.release_id = x.release_id AND o.seq = s.seq
       JOIN release_object b ON b.release_id = $2 AND b.seq = s.seq WHERE x.release_id = $1 ORDER BY o.kind`,
      [toUuid(String(body.id)), toUuid(release.id)],
    );
    expect(rows).toEqual([
      { kind: 'Deployment', step: 'apply', takes: ['.spec.replicas'], same: true },
      { kind: 'PodDisruptionBudget', step: 'leave', takes: null, same: true },
      { kind: 'Service', step: 'leave', takes: null, same: true },
    ]);
  });

  it('takes fields of others only for whoever may take over', async () => {
    expect(await take([chosen], developer)).toMatchObject({ status: 403 });
    expect((await take([{ ...chosen, fields: [] }], developer)).status).toBe(202);
    expect((await take([chosen], stranger)).status).toBe(404);
  });

  it('refuses what was not put there, what is not ours, and a target that no release has settled', async () => {
    expect(await take([{ ...chosen, name: 'other' }])).toMatchObject({
      status: 422,
      body: { code: 'object_unknown', errors: [{ pointer: '/targets/0/objects/0' }] },
    });
    await found({ ...deployment, drift: 'replaced', isOurs: false });
    expect(await take()).toMatchObject({ status: 409, body: { code: 'object_foreign' } });
    await test.database.pool.query("UPDATE target_run SET state = 'failed'");
    expect(await take()).toMatchObject({ status: 409, body: { code: 'target_unsettled' } });
    const { rows } = await test.database.pool.query("SELECT FROM release WHERE kind = 'take_back'");
    expect(rows).toHaveLength(0);
  });
});

describe('a comparison', () => {
  it('of two releases tells images, parameters with the layers they came from, and objects', async () => {
    const images = { main: 'registry.example.com/shop/web:2' };
    const payload = { ...place, images, parameters: { replicas: 3, env: { MODE: 'debug' } } };
    const next = (await owner.request({ method: 'POST', url: '/releases', payload })).body as unknown as ReleaseDetail;
    const url = diffRelease.path.replace(':id', next.id);
    const { body } = await owner.request({ method: 'GET', url: `${url}?against=${release.id}` });
    expect(body).toMatchObject({
      before: { release: { number: 1 } },
      after: { release: { number: next.number } },
      images: [{ slot: 'main', before: expect.stringContaining('web:1'), after: expect.stringContaining('web:2') }],
    });
    const from = { layer: 'environment', revision: 1, author: testOwner.displayName };
    expect(body.parameters).toContainEqual(expect.objectContaining({ pointer: '/env/MODE', after: 'debug' }));
    expect(body.parameters).toContainEqual(
      expect.objectContaining({
        pointer: '/replicas',
        after: 3,
        beforeFrom: { layer: 'default' },
        afterFrom: expect.objectContaining(from),
      }),
    );
    const changes = (body.items as { kind: string; change: string }[]).map(({ kind, change }) => [kind, change]);
    expect(changes).toContainEqual(['Deployment', 'change']);
    expect(changes).toContainEqual(['Service', 'unchanged']);
    expect((await stranger.request({ method: 'GET', url: `${url}?against=${release.id}` })).status).toBe(404);
  });

  it('of two clusters is of what is there by our books, and says where there is nothing', async () => {
    const url = compareTargets.path.replace(':id', place.applicationId);
    const compare = (before: string, after: string) =>
      owner.request({ method: 'GET', url: `${url}?before=${before}&after=${after}` });
    expect(await compare(targetId, targetId)).toMatchObject({
      status: 200,
      body: { before: { cluster: 'alpha', namespace: 'shop' }, images: [], parameters: [] },
    });
    expect(await compare(targetId, 'tgt_01h455vb4pex5vsknk084sn02q')).toMatchObject({
      status: 422,
      body: { code: 'target_unknown', errors: [{ pointer: '/after' }] },
    });
    await test.database.pool.query('UPDATE target_run SET started_at = NULL');
    expect(await compare(targetId, targetId)).toMatchObject({ status: 409, body: { code: 'nothing_deployed' } });
  });
});

describe('the release that put an object there', () => {
  it('is told to who may read it, and to others that there is one', async () => {
    const { findOwningRelease } = test.composition;
    await test.database.pool.query(
      `INSERT INTO target_object (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256)
       SELECT o.target_id, x.cluster_id, o."group", o.version, o.kind, o.namespace, o.name, 'live', o.release_id, o.sha256
       FROM release_object o JOIN target_run x ON x.release_id = o.release_id AND x.target_id = o.target_id
       WHERE o.kind = 'Deployment' AND o.release_id = $1
       ON CONFLICT (target_id, "group", kind, namespace, name) DO UPDATE SET state = 'live', release_id = excluded.release_id`,
      [toUuid(release.id)],
    );
    const clusterId = release.targets[0]?.clusterId ?? '';
    const object = { clusterId, group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
    expect(await findOwningRelease(principalOf(developer), object)).toEqual({
      release: { id: release.id, number: 1, project: 'shop', application: 'web', environment: 'prod' },
    });
    expect(await findOwningRelease(principalOf(stranger), object)).toEqual({});
    expect(await findOwningRelease(principalOf(developer), { ...object, name: 'other' })).toBeUndefined();
    await test.database.pool.query("UPDATE target_object SET state = 'gone'");
    expect(await findOwningRelease(principalOf(developer), object)).toBeUndefined();
  });
});
