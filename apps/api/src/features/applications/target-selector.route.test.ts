import {
  type Application,
  getTargetSelection,
  putTargetSelection,
  type ReleaseDetail,
  type TargetSelection,
} from '@quarterdeck/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
/** Reads the project, and manages none of its environments. */
let reader: Person;
/** Deploys in the project, and has no right in any cluster. */
let maker: Person;
let projectId: string;
let templateVersionId: string;
let environmentId: string;
let applicationId: string;
const clusters = new Map<string, string>();
const regions = { alpha: 'eu', beta: 'us', gamma: 'us' };

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  // No environment here reaches `far`.
  for (const [slug, region] of Object.entries({ ...regions, far: 'eu' })) {
    const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
    const id = await post('/clusters', { slug, access, acceptUnverified: true, labels: { region } });
    clusters.set(slug, id);
    await test.database.transaction((tx) => test.composition.clustersStore.setState(tx, id, 'connected', undefined));
  }
  projectId = await post('/projects', { slug: 'shop' });
  reader = await addPerson(test, 'reader');
  maker = await addPerson(test, 'maker');
  await addGrant(test, reader, 'viewer', { kind: 'project', id: projectId });
  await addGrant(test, maker, 'release-manager', { kind: 'project', id: projectId });
  const { body } = await owner.request({ url: '/templates' });
  templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId ?? '';
});
afterAll(() => test.close());

let count = 0;
beforeEach(async () => {
  count += 1;
  const rules = Object.keys(regions).map((cluster) => ({ selector: { cluster }, namespace: `shop-${count}` }));
  environmentId = await post(`/projects/${projectId}/environments`, { name: `e${count}`, tier: 'production', rules });
  applicationId = await post('/applications', { projectId, slug: `app-${count}`, environments: [{ environmentId }] });
});

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

const idOf = (slug: string) => clusters.get(slug) ?? '';
const placeIn = (path: string) => path.replace(':id', applicationId).replace(':environment', environmentId);
const read = (who: SignedInClient = owner) => who.request({ url: placeIn(getTargetSelection.path) });
const put = (payload: object, who: SignedInClient = owner) =>
  who.request({ method: 'PUT', url: placeIn(putTargetSelection.path), payload });
async function narrow(selector: object | null) {
  const { status, body } = await put({ selector, revision: (await read()).body.revision });
  expect(status, JSON.stringify(body)).toBe(200);
  return sides(body as unknown as TargetSelection);
}
const sides = ({ inside, outside }: TargetSelection) => ({
  inside: inside.map(({ cluster }) => cluster),
  outside: outside.map(({ cluster }) => cluster),
});

/** Clusters that a release made now goes to. */
const released = async (tag: string) => clustersOf(await deployed(tag));
const clustersOf = ({ targets }: ReleaseDetail) => targets.map(({ cluster }) => cluster).toSorted();

async function deployed(tag: string): Promise<ReleaseDetail> {
  const { status, body } = await maker.request({
    method: 'POST',
    url: '/releases',
    payload: {
      applicationId,
      environmentId,
      templateVersionId,
      images: { main: `registry.example.com/shop/web:${tag}` },
      parameters: {},
    },
  });
  expect(status, JSON.stringify(body)).toBe(202);
  return body as unknown as ReleaseDetail;
}

/** The targets as the application's page shows them. */
async function shown() {
  const { body } = await owner.request({ url: `/applications/${applicationId}` });
  const [environment] = (body as unknown as Application).environments;
  return {
    selector: environment?.selector,
    targets: Object.fromEntries((environment?.targets ?? []).map(({ cluster, state }) => [cluster, state])),
  };
}

describe('an application in an environment (getTargetSelection, putTargetSelection)', () => {
  it('goes to every cluster of the rules until it is narrowed by labels, and then to those that carry them', async () => {
    expect((await read()).body).toMatchObject({ selector: null, revision: 0, outside: [] });
    expect(await released('1')).toEqual(['alpha', 'beta', 'gamma']);
    expect(await narrow({ labels: { region: 'us' } })).toEqual({ inside: ['beta', 'gamma'], outside: ['alpha'] });
    expect(await released('2')).toEqual(['beta', 'gamma']);
    expect(await narrow(null)).toEqual({ inside: ['alpha', 'beta', 'gamma'], outside: [] });
    expect(await released('3')).toEqual(['alpha', 'beta', 'gamma']);
  });

  it('goes to the clusters that are named, and another application of the environment goes on as before', async () => {
    const environments = [{ environmentId }];
    const other = await post('/applications', { projectId, slug: `other-${count}`, environments });
    expect(await narrow({ clusters: [idOf('gamma')] })).toEqual({ inside: ['gamma'], outside: ['alpha', 'beta'] });
    expect(await shown()).toEqual({ selector: { clusters: [idOf('gamma')] }, targets: { gamma: 'active' } });
    expect(await released('1')).toEqual(['gamma']);
    const { body } = await owner.request({ url: `/applications/${other}` });
    const [theirs] = (body as unknown as Application).environments;
    expect(theirs?.targets.map(({ cluster }) => cluster).toSorted()).toEqual(['alpha', 'beta', 'gamma']);
    expect(theirs).not.toHaveProperty('selector');
  });

  it('keeps what stands on a cluster that falls away, which is leaving until it is taken in again', async () => {
    const release = await deployed('1');
    const { pool } = test.database;
    await pool.query(
      `INSERT INTO target_object (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256)
       SELECT x.target_id, x.cluster_id, '', 'v1', 'ConfigMap', x.namespace, 'cart-' || $2::text, 'live', x.release_id, ''
       FROM target_run x JOIN release r ON r.id = x.release_id JOIN app_environment ae ON ae.id = r.app_environment_id
       WHERE ae.application_id = $1`,
      [toUuid(applicationId), String(count)],
    );
    await pool.query(
      `UPDATE target_run x SET state = 'healthy', started_at = now(), ended_at = now() FROM release r, app_environment ae
       WHERE r.id = x.release_id AND ae.id = r.app_environment_id AND ae.application_id = $1`,
      [toUuid(applicationId)],
    );
    await narrow({ labels: { region: 'us' } });
    expect((await shown()).targets).toEqual({ alpha: 'leaving', beta: 'active', gamma: 'active' });
    const { rows } = await pool.query(
      `SELECT o.state FROM target_object o JOIN target t ON t.id = o.target_id WHERE o.name = $1 AND t.cluster_id = $2`,
      [`cart-${count}`, toUuid(idOf('alpha'))],
    );
    expect(rows).toEqual([{ state: 'live' }]);
    // Nor is it changed by a release that puts old bytes out again.
    const back = () => maker.request({ method: 'POST', url: `/releases/${release.id}/rollback`, payload: {} });
    expect(clustersOf((await back()).body as unknown as ReleaseDetail)).toEqual(['beta', 'gamma']);
    await narrow({ labels: { region: 'none' } });
    expect(await back()).toMatchObject({ status: 409, body: { code: 'not_rollbackable' } });
    expect((await owner.request({ url: `/releases/${release.id}` })).body).toMatchObject({ standingCount: 0 });
    await narrow(null);
    expect((await shown()).targets).toEqual({ alpha: 'active', beta: 'active', gamma: 'active' });
  });

  it('takes in a cluster that gains the label, and says when none is left', async () => {
    expect(await narrow({ labels: { ring: 'first' } })).toEqual({ inside: [], outside: ['alpha', 'beta', 'gamma'] });
    const preview = { applicationId, environmentId, templateVersionId, images: { main: 'r.example.com/a:1' } };
    const refused = await owner.request({ method: 'POST', url: '/releases', payload: { ...preview, parameters: {} } });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'no_target', detail: expect.stringContaining(`app-${count} is narrowed to clusters`) },
    });
    const label = (labels: object) =>
      owner.request({ method: 'PATCH', url: `/clusters/${idOf('beta')}`, payload: { labels } });
    expect((await label({ region: 'us', ring: 'first' })).status).toBe(200);
    const listed = await owner.request({ url: `/applications?slug=app-${count}` });
    const [application] = listed.body.items as Application[];
    expect(application?.environments[0]?.targets).toMatchObject([{ cluster: 'beta', state: 'active' }]);
    expect(await released('1')).toEqual(['beta']);
    await label({ region: 'us' });
    expect((await read()).body).toMatchObject({ inside: [] });
  });

  it('names what is wrong with a selector, and no cluster that is not one of the environment', async () => {
    const errors = async (selector: unknown) => {
      const { status, body } = await put({ selector, revision: 0 });
      expect(status).toBe(422);
      return body.errors as { pointer: string; code: string; detail: string }[];
    };
    expect(await errors({})).toMatchObject([{ pointer: '/selector' }]);
    expect(await errors({ labels: { a: 'b' }, clusters: [idOf('alpha')] })).toMatchObject([{ pointer: '/selector' }]);
    expect(await errors({ labels: {} })).toMatchObject([{ pointer: '/selector/labels' }]);
    expect(await errors({ clusters: [] })).toMatchObject([{ pointer: '/selector/clusters' }]);
    expect(await errors({ clusters: ['alpha'] })).toMatchObject([{ pointer: '/selector/clusters/0' }]);
    // One that is registered elsewhere and one that there is not are refused alike.
    const none = idOf('far').replace(/.{4}$/, '0000');
    const [far, unknown] = await errors({ clusters: [idOf('far'), none] });
    expect(far).toMatchObject({ pointer: '/selector/clusters/0', code: 'unknown_cluster' });
    expect(unknown?.detail.replace(none, idOf('far'))).toBe(far?.detail);
    expect((await read()).body).toMatchObject({ selector: null, revision: 0 });
  });

  it('is not changed over what somebody else made of it, and the trail tells what it was and is', async () => {
    const selectors = [{ labels: { region: 'us' } }, { labels: { region: 'eu' } }];
    const both = await Promise.all(selectors.map((selector) => put({ selector, revision: 0 })));
    const [won, lost] = both.toSorted((a, b) => a.status - b.status);
    expect(won).toMatchObject({ status: 200, body: { revision: 1, changedBy: 'Test Owner' } });
    expect(lost).toMatchObject({
      status: 409,
      body: { code: 'selector_changed', errors: [{ pointer: '/revision' }] },
    });
    expect((await read()).body).toEqual(won?.body);
    const { rows } = await test.database.pool.query<{ change: object }>(
      `SELECT record #> '{changes,0}' AS change FROM audit_event
       WHERE record #>> '{target,id}' = $1 AND record #>> '{changes,0,path}' = 'selector'`,
      [applicationId],
    );
    expect(rows).toContainEqual({ change: { path: 'selector', before: null, after: won?.body.selector } });
  });

  it('is narrowed by who manages the environment alone; who reads the application is told of it', async () => {
    expect((await put({ selector: { labels: { region: 'us' } }, revision: 0 }, reader)).status).toBe(403);
    expect(await read(reader)).toMatchObject({ status: 200, body: { selector: null } });
    const elsewhere = await owner.request({
      url: placeIn(getTargetSelection.path).replace(environmentId, applicationId.replace('app', 'env')),
    });
    expect(elsewhere.status).toBe(404);
  });
});
