import {
  type Application,
  abortRelease,
  catchUpDebt,
  dismissDebt,
  type Endpoint,
  type ReleaseDetail,
  rollbackRelease,
  skipTarget,
} from '@quarterdeck/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** No worker runs here: what runs and clusters do is written by hand, what follows from it is the product's. */
let test: TestApp;
let owner: SignedInClient;
let projectId: string;
let templateVersionId: string;
let applicationId: string;
let environmentId: string;
const slugs = ['here', 'away'];
const clusterIds = new Map<string, string>();

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  for (const slug of slugs) {
    const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
    clusterIds.set(slug, await post('/clusters', { slug, access, acceptUnverified: true }));
  }
  projectId = await post('/projects', { slug: 'shop' });
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId ?? '';
});
afterAll(() => test.close());

let count = 0;
beforeEach(async () => {
  count += 1;
  for (const slug of slugs) await clusterIs(slug, 'connected');
  const rules = slugs.map((cluster) => ({ selector: { cluster }, namespace: `shop-${count}` }));
  environmentId = await post(`/projects/${projectId}/environments`, { name: `e${count}`, tier: 'test', rules });
  applicationId = await post('/applications', { projectId, slug: `app-${count}`, environments: [{ environmentId }] });
});

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

const clusterIs = (slug: string, state: 'connected' | 'degraded' | 'unreachable') =>
  test.database.transaction((tx) =>
    test.composition.clustersStore.setState(tx, clusterIds.get(slug) ?? '', state, undefined),
  );
const query = (sql: string, values: unknown[] = []) => test.database.pool.query(sql, values);
const tell = (endpoint: Endpoint, id: string, payload?: object, target = '') =>
  owner.request({ method: 'POST', url: endpoint.path.replace(':id', id).replace(':target', target), payload });
/** As two workers do at the same time. */
const sweeps = () => Promise.all([test.composition.catchUps.sweep(), test.composition.catchUps.sweep()]);

const all = async () =>
  ((await owner.request({ method: 'GET', url: `/releases?application=${applicationId}&limit=50` })).body
    .items as unknown as ReleaseDetail[]) ?? [];
const newest = async () => (await all())[0] as ReleaseDetail;
const kinds = async () => (await all()).map(({ kind }) => kind).toReversed();

async function deploy(tag: string): Promise<string> {
  const images = { main: `registry.example.com/shop/web:${tag}` };
  const id = await post('/releases', { applicationId, environmentId, templateVersionId, images, parameters: {} });
  await test.composition.preflight.ofRelease(id);
  return id;
}

/** What a worker would have left behind; the newest release unless told. */
async function runEnds(cluster: string, state: string, code?: string, releaseId?: string): Promise<void> {
  const id = releaseId ?? (await newest()).id;
  await test.composition.releaseMachine.advance(id);
  const verdict = code === undefined ? null : JSON.stringify({ code, summary: `because of ${code}`, evidence: [] });
  await query(
    `UPDATE target_run x SET state = $3, started_at = coalesce(started_at, now()), ended_at = now(), verdict = $4::jsonb
     FROM clusters_cluster c WHERE c.id = x.cluster_id AND x.release_id = $1 AND c.slug = $2`,
    [toUuid(id), cluster, state, verdict],
  );
  await test.composition.releaseMachine.advance(id);
}

/** The newest release becomes healthy on its one target, by a worker. */
async function isHealthy(): Promise<void> {
  const { id, number } = await newest();
  await test.composition.releaseMachine.advance(id);
  const held = await test.composition.runsStore.takeWork('worker', { limit: 9, perCluster: 100, atWork: new Map() });
  const run = held.find(({ releaseId }) => releaseId === id);
  if (run === undefined) throw new Error(`#${number} has no run to be taken`);
  await test.composition.releaseMachine.endRun(run, 'healthy', undefined);
}

/** A release that one of its two clusters missed. */
async function missed(tag = '1'): Promise<string> {
  await clusterIs('away', 'unreachable');
  const id = await deploy(tag);
  await runEnds('here', 'healthy', undefined, id);
  expect(await newest()).toMatchObject({ id, state: 'partial' });
  await clusterIs('away', 'connected');
  return id;
}

/** As if what ended did so that much earlier. */
const earlier = (seconds: number) =>
  query('UPDATE release SET ended_at = ended_at - make_interval(secs => $1)', [seconds]);

async function target() {
  const { body } = await owner.request({ method: 'GET', url: `/applications/${applicationId}` });
  const [environment] = (body as unknown as Application).environments;
  return environment?.targets.find(({ cluster }) => cluster === 'away');
}
const debt = async () => (await target())?.debt;

describe('what a cluster missed', () => {
  it('follows by one release at a time, made again with growing pauses until it is there', async () => {
    await missed();
    await sweeps();
    expect(await kinds()).toEqual(['deploy', 'catch_up']);
    await sweeps();
    expect(await debt()).toMatchObject({ asksFirst: false, lastTry: { releaseNumber: 2, isUnderWay: true } });
    for (const [index, pause] of [15, 30, 60].entries()) {
      const number = index + 2;
      await runEnds('away', 'failed', 'credential_rejected');
      await earlier(pause - 5);
      await sweeps();
      expect(await debt()).toMatchObject({
        releaseNumber: 1,
        asksFirst: false,
        lastTry: {
          ...{ releaseNumber: number, isUnderWay: false, reason: 'because of credential_rejected' },
          againAt: expect.any(String),
        },
      });
      expect((await newest()).number).toBe(number);
      await earlier(6);
      await sweeps();
      expect(await newest()).toMatchObject({ number: number + 1, kind: 'catch_up', note: 'It follows #1.' });
    }
    await isHealthy();
    expect(await debt()).toBeUndefined();
    await earlier(100_000);
    await sweeps();
    expect((await newest()).number).toBe(5);
  });

  it.each([
    ['deferred', 'cluster_unreachable', true],
    ['failed', 'environment', true],
    ['failed', 'internal', true],
    ['failed', 'cluster_forbidden', true],
    ['deferred', 'skipped', false],
    ['failed', 'image_pull', false],
    ['failed', 'no_progress', false],
    ['failed', 'quota_exceeded', false],
  ])('whose release ends %s because of %s is brought again by itself: %s', async (state, code, isFollowed) => {
    await missed();
    await sweeps();
    await runEnds('away', state, code);
    await earlier(20);
    expect(await debt()).toMatchObject({ asksFirst: !isFollowed, lastTry: { reason: `because of ${code}` } });
    await sweeps();
    expect((await newest()).number).toBe(isFollowed ? 3 : 2);
  });

  it('is for a person to bring when it failed for its own sake: whenever none is under way', async () => {
    await missed();
    const id = (await debt())?.id ?? '';
    await sweeps();
    expect(await tell(catchUpDebt, id)).toMatchObject({
      status: 409,
      body: { code: 'catch_up_under_way', detail: expect.stringContaining('#2') },
    });
    await runEnds('away', 'failed', 'image_pull');
    expect(await tell(catchUpDebt, id)).toMatchObject({ status: 202, body: { number: 3, kind: 'catch_up' } });
    await runEnds('away', 'failed', 'image_pull');
    // Asked for by a person, it is brought again after the first pause where the cluster was in the way.
    expect(await tell(catchUpDebt, id)).toMatchObject({ status: 202, body: { number: 4 } });
    await runEnds('away', 'deferred', 'cluster_timeout');
    await earlier(20);
    await sweeps();
    expect(await newest()).toMatchObject({ number: 5, kind: 'catch_up' });
    await tell(abortRelease, (await newest()).id, {});
    await earlier(20);
    await sweeps();
    expect(await debt()).toMatchObject({ asksFirst: true, lastTry: { releaseNumber: 5 } });
    expect((await tell(dismissDebt, id, {})).status).toBe(204);
    expect(await tell(catchUpDebt, id)).toMatchObject({ status: 409, body: { code: 'debt_closed' } });
  });

  it('for more than a week asks first, and follows by itself once a person has asked', async () => {
    await missed();
    await query("UPDATE debt SET created_at = now() - interval '8 days' WHERE state = 'open'");
    await sweeps();
    expect((await newest()).number).toBe(1);
    await tell(catchUpDebt, (await debt())?.id ?? '');
    await runEnds('away', 'deferred', 'cluster_unreachable');
    await earlier(20);
    await sweeps();
    expect((await newest()).number).toBe(3);
    await runEnds('away', 'deferred', 'cluster_unreachable');
    await query("UPDATE debt SET asked_at = now() - interval '8 days'");
    await earlier(1000);
    await sweeps();
    expect((await newest()).number).toBe(3);
    expect(await debt()).toMatchObject({ asksFirst: true });
  });

  it('is owed again when something newer that it missed as well came to nothing', async () => {
    await missed('1');
    await sweeps();
    await clusterIs('away', 'unreachable');
    // Its own release gives way to the newer one, which does not get there either, and is given up.
    const next = await deploy('2');
    expect(await debt()).toMatchObject({ releaseNumber: 3 });
    await tell(abortRelease, next, {});
    await clusterIs('away', 'connected');
    await earlier(20);
    await sweeps();
    expect(await debt()).toMatchObject({ releaseNumber: 1 });
    expect(await newest()).toMatchObject({ number: 4, kind: 'catch_up', note: 'It follows #1.' });
  });

  it('follows although the release that it gave way to failed before it got there', async () => {
    await missed('1');
    await sweeps();
    const next = await deploy('2');
    expect((await all()).map(({ state }) => state)).toEqual(['rolling', 'superseded', 'partial']);
    await tell(abortRelease, next, {});
    await earlier(20);
    await sweeps();
    expect(await newest()).toMatchObject({ number: 4, kind: 'catch_up', note: 'It follows #1.' });
  });

  it('is owed no more once the application is removed', async () => {
    const first = await deploy('0');
    for (const slug of slugs) await runEnds(slug, 'healthy', undefined, first);
    await missed('1');
    await query(
      `INSERT INTO target_object (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256)
       SELECT x.target_id, x.cluster_id, o."group", o.version, o.kind, o.namespace, o.name, 'live', o.release_id, o.sha256
       FROM release_object o JOIN target_run x ON x.release_id = o.release_id AND x.target_id = o.target_id WHERE o.release_id = $1`,
      [toUuid(first)],
    );
    const { body } = await owner.request({
      ...{ method: 'POST', url: `/applications/${applicationId}/environments/${environmentId}/remove` },
      payload: { confirm: `app-${count}`, reason: 'not needed' },
    });
    await runEnds('here', 'healthy', undefined, String(body.id));
    await runEnds('away', 'failed', 'cluster_unreachable', String(body.id));
    await sweeps();
    expect(await debt()).toBeUndefined();
    expect((await newest()).kind).toBe('remove');
  });

  it('is brought to a cluster that is impaired, and waits for none that is away, however many there are', async () => {
    await missed();
    await clusterIs('away', 'degraded');
    const { machineStore } = test.composition;
    const [here, away] = slugs.map((slug) => clusterIds.get(slug) ?? '');
    expect(await machineStore.owed([here ?? ''], 1)).toEqual([]);
    expect(await machineStore.owed([here ?? '', away ?? ''], 1)).toHaveLength(1);
    await clusterIs('away', 'unreachable');
    await sweeps();
    expect(await kinds()).toEqual(['deploy']);
    await clusterIs('away', 'degraded');
    await sweeps();
    expect(await kinds()).toEqual(['deploy', 'catch_up']);
  });

  it('is not paid by what puts right what was there before', async () => {
    await missed();
    await sweeps();
    const putsRight = toUuid((await newest()).id);
    await query("UPDATE debt SET catch_up_id = NULL WHERE state = 'open'");
    await query("UPDATE release SET kind = 'take_back', dedupe_key = 'by hand' WHERE id = $1", [putsRight]);
    await isHealthy();
    await sweeps();
    expect(await newest()).toMatchObject({ number: 3, note: 'It follows #1.' });
    await isHealthy();
    expect(await debt()).toBeUndefined();
  });

  it('is what goes back, once the cluster misses that as well', async () => {
    const release = await deploy('1');
    await tell(skipTarget, release, {}, (await target())?.id);
    await runEnds('here', 'healthy', undefined, release);
    await sweeps();
    expect(await debt()).toMatchObject({ reason: 'skipped', asksFirst: true });
    await clusterIs('away', 'unreachable');
    expect((await tell(rollbackRelease, release, {})).status).toBe(202);
    expect(await debt()).toMatchObject({ reason: 'unreachable', releaseNumber: 2 });
  });
});
