import {
  type Application,
  abortRelease,
  approveRelease,
  catchUpDebt,
  decideTarget,
  deleteFieldRule,
  dismissDebt,
  type Endpoint,
  listFieldRules,
  listRejectedDigests,
  overrideFreeze,
  pauseRelease,
  type ReleaseDetail,
  resumeRelease,
  rollbackRelease,
  skipTarget,
} from '@quarterdeck/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import type { RunState } from './release-rows.ts';
import { createReleasesStore } from './releases.store.ts';

/** No worker runs here: what runs do is written by hand, what follows from it is the product's. */
let test: TestApp;
let owner: SignedInClient;
let maker: Person;
let approver: Person;
let projectId: string;
let environmentId: string;
let templateVersionId: string;
let applicationId: string;
const slugs = ['canary', 'one', 'two'];

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  for (const slug of slugs) {
    const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
    const labels = { role: slug === 'canary' ? 'canary' : 'rest' };
    const id = await post('/clusters', { slug, access, acceptUnverified: true, labels });
    await test.database.transaction((tx) => test.composition.clustersStore.setState(tx, id, 'connected', undefined));
  }
  projectId = await post('/projects', { slug: 'shop' });
  maker = await addPerson(test, 'maker');
  approver = await addPerson(test, 'approver');
  for (const person of [maker, approver])
    await addGrant(test, person, 'release-manager', { kind: 'project', id: projectId });
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId ?? '';
});
afterAll(() => test.close());

let count = 0;
beforeEach(async () => {
  count += 1;
  const rules = slugs.map((cluster) => ({ selector: { cluster }, namespace: `shop-${count}` }));
  environmentId = await post(`/projects/${projectId}/environments`, { name: `e${count}`, tier: 'production', rules });
  applicationId = await post('/applications', { projectId, slug: `app-${count}`, environments: [{ environmentId }] });
});

async function post(url: string, payload: object, who: SignedInClient = owner): Promise<string> {
  const { status, body } = await who.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

const canaryFirst = {
  name: 'canary first',
  waves: [
    { name: 'canary', select: { labels: { role: 'canary' } }, maxConcurrent: 1, failureBudget: 0 },
    { name: 'rest', select: { rest: true }, maxConcurrent: 1, failureBudget: 0 },
  ],
  onFailure: 'rollback',
  unreachable: 'block',
};
const readDelivery = () => owner.request({ method: 'GET', url: `/environments/${environmentId}/delivery` });
const saveDelivery = (payload: object) =>
  owner.request({ method: 'PUT', url: `/environments/${environmentId}/delivery`, payload });
/** Over whatever is there. */
async function setDelivery(payload: object) {
  return saveDelivery({ ...payload, revision: (await readDelivery()).body.revision });
}
const setStrategies = (...strategies: object[]) => setDelivery({ strategies });

const image = (tag: string) => `registry.example.com/shop/web:${tag}`;
const create = (tag: string, more: object = {}, who: SignedInClient = maker) =>
  who.request({
    method: 'POST',
    url: '/releases',
    payload: { applicationId, environmentId, templateVersionId, images: { main: image(tag) }, parameters: {}, ...more },
  });
async function made(tag: string, more: object = {}, who: SignedInClient = maker): Promise<ReleaseDetail> {
  const { status, body } = await create(tag, more, who);
  expect(status, JSON.stringify(body)).toBe(202);
  return body as unknown as ReleaseDetail;
}
const read = async (id: string) =>
  (await owner.request({ method: 'GET', url: `/releases/${id}` })).body as unknown as ReleaseDetail;
const tell = (id: string, endpoint: Endpoint, payload: object = {}, who: SignedInClient = owner, target = '') =>
  who.request({ method: 'POST', url: endpoint.path.replace(':id', id).replace(':target', target), payload });
/** The targets of the application by their clusters, as its page shows them. */
async function shown() {
  const { body } = await owner.request({ method: 'GET', url: `/applications/${applicationId}` });
  const [environment] = (body as unknown as Application).environments;
  return Object.fromEntries((environment?.targets ?? []).map((target) => [target.cluster, target]));
}
const runStates = (release: ReleaseDetail) =>
  Object.fromEntries(release.targets.map(({ cluster, state }) => [cluster, state]));

/** As a worker does before the first write; the clusters here do not answer, which is no reason to stop. */
const looksFirst = (releaseId: string) => test.composition.preflight.ofRelease(releaseId);

/** What a worker would have left behind. */
async function runEnds(releaseId: string, cluster: string, state: RunState, code?: string): Promise<ReleaseDetail> {
  await looksFirst(releaseId);
  await test.database.pool.query(
    `UPDATE target_run x SET state = $3, started_at = coalesce(started_at, now()), ended_at = now(), verdict = $4::jsonb
     FROM clusters_cluster c WHERE c.id = x.cluster_id AND x.release_id = $1 AND c.slug = $2`,
    [
      toUuid(releaseId),
      cluster,
      state,
      code === undefined ? null : JSON.stringify({ code, summary: code, evidence: [] }),
    ],
  );
  await test.composition.releaseMachine.advance(releaseId);
  return read(releaseId);
}
async function admitted(releaseId: string): Promise<string[]> {
  await looksFirst(releaseId);
  const { rows } = await test.database.pool.query<{ slug: string }>(
    'SELECT c.slug FROM target_run x JOIN clusters_cluster c ON c.id = x.cluster_id WHERE x.release_id = $1 AND x.admitted ORDER BY c.slug',
    [toUuid(releaseId)],
  );
  return rows.map(({ slug }) => slug);
}
async function allHealthy(release: ReleaseDetail): Promise<ReleaseDetail> {
  for (const slug of slugs) await runEnds(release.id, slug, 'healthy');
  return read(release.id);
}

/** What a look at the first wave found: one target cannot be written. */
async function refuse({ id: releaseId, targets }: ReleaseDetail, runId: string | undefined): Promise<void> {
  const verdict = { code: 'quota_exceeded', summary: 'no room', evidence: [] };
  await test.composition.releaseMachine.endPreflight(
    releaseId,
    new Map(
      targets.map(({ id }) => [
        id,
        id === runId ? { outcome: 'refused', verdict, findings: [] } : { outcome: 'passed', findings: [] },
      ]),
    ),
  );
}

describe('the strategies of an environment', () => {
  it('are refused with the field that is wrong, and kept when they are right', async () => {
    const refused = await setStrategies({ ...canaryFirst, waves: [{ ...canaryFirst.waves[1] }, canaryFirst.waves[0]] });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: '/strategies/0/waves/0/select' }),
          expect.objectContaining({ pointer: '/strategies/0/waves/1/select' }),
        ]),
      },
    });
    const waves = [{ ...canaryFirst.waves[1], failureBudget: 'x' }];
    expect(await setStrategies({ ...canaryFirst, waves })).toMatchObject({
      status: 422,
      body: {
        errors: [
          { pointer: '/strategies/0/waves/0/failureBudget', detail: 'a number of targets, or percent as in 5%' },
        ],
      },
    });
    expect((await setStrategies(canaryFirst)).status).toBe(200);
    const kept = await readDelivery();
    expect(kept.body.strategies).toMatchObject([{ name: 'canary first', supersede: 'replace-pending' }]);
    expect(await create('1', { strategy: 'other' })).toMatchObject({
      status: 422,
      body: { code: 'unknown_strategy', errors: [{ pointer: '/strategy' }] },
    });
  });

  it('are set by who manages the environment, and by nobody else', async () => {
    const denied = await maker.request({
      method: 'PUT',
      url: `/environments/${environmentId}/delivery`,
      payload: { strategies: [], revision: 0 },
    });
    expect(denied).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

describe('the policy of an environment', () => {
  it('waits for an unreachable cluster in production until somebody says otherwise, and stays when strategies change', async () => {
    const policy = { approvals: 0, ownApproval: false, onFailure: 'pause', unreachable: 'block' };
    expect((await readDelivery()).body).toEqual({ policy, pin: 'preferred', strategies: [], revision: 0 });
    expect(await made('1')).toMatchObject({ strategy: 'all at once', unreachable: 'block', onFailure: 'pause' });
    const chosen = { ...policy, onFailure: 'rollback', unreachable: 'skip' };
    const saved = await setDelivery({ policy: chosen, strategies: [] });
    expect(saved).toMatchObject({ status: 200, body: { policy: chosen } });
    const { onFailure: _own, unreachable: _too, ...open } = canaryFirst;
    expect((await setStrategies(open)).body).toMatchObject({ policy: chosen });
    expect(await made('2')).toMatchObject({ strategy: 'canary first', unreachable: 'skip', onFailure: 'rollback' });
    const tooMany = { policy: { ...policy, approvals: 6 }, strategies: [] };
    expect(await setDelivery(tooMany)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/policy/approvals' }] },
    });
  });

  it('asks for approvals whatever the strategy, and lets the maker give one only where it says so', async () => {
    const policy = { approvals: 1, ownApproval: true, onFailure: 'pause', unreachable: 'block' };
    await setDelivery({ policy, strategies: [canaryFirst] });
    const release = await made('1');
    expect(release).toMatchObject({ state: 'awaiting_approval', approvalsNeeded: 1, ownApproval: true });
    const own = { decision: 'approve', contentSha256: release.contentSha256 };
    expect((await tell(release.id, approveRelease, own, maker)).body).toMatchObject({
      state: 'rolling',
      approvals: [{ by: 'Maker', counts: true }],
    });
    const back = await tell((await allHealthy(release)).id, rollbackRelease, {});
    expect(back.body).toMatchObject({ state: 'rolling', kind: 'rollback' });
  });
});

describe('waves', () => {
  it('open one after the other, as many targets at once as they may', async () => {
    await setStrategies(canaryFirst);
    const release = await made('1');
    expect(release).toMatchObject({
      state: 'rolling',
      strategy: 'canary first',
      waves: [{ state: 'running' }, { state: 'pending' }],
    });
    expect(await admitted(release.id)).toEqual(['canary']);
    await runEnds(release.id, 'canary', 'healthy');
    expect((await admitted(release.id)).length).toBe(2);
    const ended = await allHealthy(release);
    expect(ended).toMatchObject({ state: 'succeeded', waves: [{ state: 'done' }, { state: 'done' }], waits: [] });
  });

  it('stop at the first failure over budget: the release goes back by itself to what was healthy, once', async () => {
    await setStrategies(canaryFirst);
    const good = await allHealthy(await made('1'));
    const bad = await made('2');
    const failed = await runEnds(bad.id, 'canary', 'failed', 'image_pull');
    expect(failed).toMatchObject({ state: 'failed', endedReason: 'budget', rolledBackBy: { number: 3 } });
    expect(runStates(failed)).toEqual({ canary: 'failed', one: 'cancelled', two: 'cancelled' });
    const back = await read(failed.rolledBackBy?.id ?? '');
    expect(back).toMatchObject({ kind: 'rollback', isAutomatic: true, rollbackOf: { number: 1 }, images: good.images });
    expect(back.targets.map(({ cluster }) => cluster)).toEqual(['canary']);
    const objects = async (id: string) =>
      (
        (await owner.request({ method: 'GET', url: `/releases/${id}/objects` })).body.items as {
          cluster: string;
          sha256: string;
        }[]
      ).flatMap(({ cluster, sha256 }) => (cluster === 'canary' ? [sha256] : []));
    expect(await objects(back.id)).toEqual(await objects(good.id));
    // A rollback that fails waits for a person: nothing goes back from it.
    await test.composition.releaseMachine.advance(back.id);
    const stuck = await runEnds(back.id, 'canary', 'failed', 'crash_loop');
    expect(stuck).toMatchObject({
      state: 'paused',
      pausedReason: 'budget',
      waits: [{ for: 'person', reason: 'budget' }],
    });
    expect(stuck.rolledBackBy).toBeUndefined();
  });

  it('leave the application saying what runs on targets that they did not reach, and what waits for them', async () => {
    await setStrategies(canaryFirst);
    await allHealthy(await made('1'));
    const bad = await made('2');
    expect(await shown()).toMatchObject({
      one: {
        health: 'healthy',
        currentReleaseNumber: 1,
        image: image('1'),
        ahead: { releaseNumber: 2, state: 'waiting' },
      },
    });
    const failed = await runEnds(bad.id, 'canary', 'failed', 'image_pull');
    const { canary, ...others } = await shown();
    expect(canary).toMatchObject({ health: 'failed', healthReason: 'image_pull', ahead: { releaseNumber: 3 } });
    for (const target of Object.values(others)) {
      expect(target).toMatchObject({ health: 'healthy', currentReleaseNumber: 1, image: image('1') });
      expect(target).not.toHaveProperty('ahead');
    }
    await runEnds(failed.rolledBackBy?.id ?? '', 'canary', 'cancelled');
    expect((await shown()).canary).toMatchObject({ health: 'unknown', healthReason: '#3 was stopped on its way.' });
  });

  it('leave alone what automation brought and was rolled back, until somebody lifts it', async () => {
    await setStrategies(canaryFirst);
    await allHealthy(await made('1'));
    const bad = await made('2');
    const failed = await runEnds(bad.id, 'canary', 'failed', 'image_pull');
    await tell(failed.rolledBackBy?.id ?? '', abortRelease);
    const orderKey = { scheme: 'iid', value: '7' };
    expect(await create('2', { orderKey })).toMatchObject({ status: 409, body: { code: 'digest_rejected' } });
    const [rejected] = failed.rejectedImages;
    expect(rejected?.reference).toBe(image('2'));
    // People are asked before they have it again.
    expect(await create('2')).toMatchObject({ status: 409, body: { code: 'digest_rejected' } });
    const again = await made('2', { deployRejected: true });
    await tell(again.id, abortRelease);
    const listed = await maker.request({
      method: 'GET',
      url: listRejectedDigests.path.replace(':id', applicationId),
    });
    expect(listed.body.items).toMatchObject([
      { id: rejected?.id, reference: image('2'), environmentId, releaseNumber: bad.number },
    ]);
    const lifted = await owner.request({ method: 'DELETE', url: `/rejected-digests/${rejected?.id}` });
    expect(lifted.status).toBe(204);
    expect(await create('2', { orderKey })).toMatchObject({ status: 409, body: { code: 'digest_seen' } });
    await made('3', { orderKey });
    expect(await create('4', { orderKey: { scheme: 'iid', value: '6' } })).toMatchObject({
      status: 409,
      body: { code: 'older_than_current' },
    });
  });
});

describe('what a target asks', () => {
  it('is answered question by question, stands as a rule, and holds nothing else of the release up', async () => {
    const release = await made('1');
    const [target] = release.targets;
    const { targetId = '', id: runId = '' } = target ?? {};
    const decide = (decisions: object[], who: SignedInClient = owner) =>
      who.request({
        method: 'POST',
        url: decideTarget.path.replace(':id', release.id).replace(':target', targetId),
        payload: { decisions },
      });
    const service = { group: '', kind: 'Service', namespace: `shop-${count}`, name: `app-${count}` };
    const take = { object: service, field: '.spec.type', choice: 'take' };
    expect(await decide([take])).toMatchObject({ status: 409, body: { code: 'nothing_to_decide' } });

    const verdict = { code: 'conflict', summary: 'kubectl-edit owns .spec.type', evidence: [] };
    const objects = await test.composition.releasesStore.objectsOf(release.id, targetId);
    const seq = objects.find(({ kind }) => kind === 'Service')?.seq ?? 0;
    const question = { seq, about: 'field' as const, field: '.spec.type', manager: 'kubectl-edit', live: '"NodePort"' };
    await test.composition.releaseMachine.endPreflight(
      release.id,
      new Map([[runId, { outcome: 'asks', verdict, questions: [question], findings: [] }]]),
    );
    expect(await read(release.id)).toMatchObject({
      waits: expect.arrayContaining([expect.objectContaining({ for: 'decision', name: target?.cluster })]),
      targets: expect.arrayContaining([
        expect.objectContaining({
          targetId,
          state: 'blocked',
          questions: [
            { object: service, about: 'field', field: '.spec.type', manager: 'kubectl-edit', live: '"NodePort"' },
          ],
        }),
      ]),
    });
    const inList = await owner.request({ method: 'GET', url: `/releases?application=${applicationId}` });
    expect(inList.body.items).toMatchObject([{ state: 'rolling', waitsFor: 'decision' }]);
    expect(await decide([{ ...take, choice: 'adopt' }])).toMatchObject({
      status: 422,
      body: { code: 'decision_invalid', errors: [{ pointer: '/decisions/0/choice' }] },
    });
    expect(await decide([{ ...take, field: '.spec.other' }])).toMatchObject({
      status: 422,
      body: { code: 'decision_missing' },
    });
    const outsider = await addPerson(test, `outsider-${count}`);
    expect((await decide([take], outsider)).status).toBe(404);
    // Home lists it for whoever may decide, with the cluster that asks, until somebody has.
    const reader = await addPerson(test, `reader-of-questions-${count}`);
    await addGrant(test, reader, 'viewer', { kind: 'project', id: projectId });
    const awaits = async (who: SignedInClient) =>
      (
        (await who.request({ method: 'GET', url: '/releases?awaitsMe=true' })).body.items as {
          id: string;
          awaits?: object[];
        }[]
      ).flatMap(({ id, awaits: what = [] }) => (id === release.id ? what : []));
    expect(await awaits(owner)).toEqual([{ for: 'decision', clusters: [target?.cluster], since: expect.any(String) }]);
    expect(await awaits(reader)).toEqual([]);
    expect((await decide([take])).status).toBe(200);
    expect(await awaits(owner)).toEqual([]);
    expect(runStates(await read(release.id))[target?.cluster ?? '']).toBe('pending');
    expect(await admitted(release.id)).toHaveLength(slugs.length);

    const listed = await owner.request({ method: 'GET', url: listFieldRules.path.replace(':id', applicationId) });
    expect(listed.body.items).toMatchObject([
      { targetId, field: '.spec.type', choice: 'take', manager: 'kubectl-edit' },
    ]);
    const [rule] = listed.body.items as { id: string }[];
    const remove = () => owner.request({ method: 'DELETE', url: deleteFieldRule.path.replace(':id', rule?.id ?? '') });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    const { rows: trail } = await test.database.pool.query<{ record: { changes: object[] } }>(
      "SELECT record FROM audit_event WHERE action = 'releases:take-over' AND outcome = 'allowed' ORDER BY seq DESC LIMIT 2",
    );
    expect(trail.map(({ record }) => JSON.stringify(record.changes))).toEqual([
      expect.stringContaining('.spec.type'),
      expect.stringContaining('.spec.type'),
    ]);
  });

  it('one target that cannot be written ends the release before any is', async () => {
    const release = await made('1');
    const [first] = release.targets;
    await refuse(release, first?.id);
    const ended = await read(release.id);
    expect(ended).toMatchObject({ state: 'failed', endedReason: 'preflight' });
    expect(ended.targets.map(({ state, verdict: said }) => [state, said?.code])).toEqual(
      release.targets.map(({ id }) => (id === first?.id ? ['failed', 'quota_exceeded'] : ['cancelled', undefined])),
    );
    expect(await admitted(release.id)).toEqual([]);
  });

  it('one that fails before it writes is why nothing runs there, or stands beside what runs on', async () => {
    const release = await made('1');
    const cluster = release.targets[0]?.cluster ?? '';
    await refuse(release, release.targets[0]?.id);
    const { [cluster]: refused, ...others } = await shown();
    expect(refused).toMatchObject({ health: 'failed', healthReason: 'no room', currentReleaseNumber: 1 });
    expect(refused).not.toHaveProperty('image');
    for (const target of Object.values(others)) expect(target).toMatchObject({ health: 'not_deployed' });
    const failing = async () =>
      (await createReleasesStore(test.database).failingApplications()).includes(applicationId);
    expect(await failing()).toBe(true);
    await allHealthy(await made('2'));
    expect(await failing()).toBe(false);
    const next = await made('3');
    await refuse(next, next.targets.find((target) => target.cluster === cluster)?.id);
    expect((await shown())[cluster]).toMatchObject({
      health: 'healthy',
      currentReleaseNumber: 2,
      ahead: { releaseNumber: 3, state: 'failed', reason: 'no room' },
    });
    expect(await failing()).toBe(false);
  });
});

describe('a person', () => {
  it('pauses, skips and goes on; what is left out is owed and can be let catch up, or dismissed', async () => {
    await setStrategies({ ...canaryFirst, onFailure: 'pause' });
    const release = await made('1');
    expect(await admitted(release.id)).toEqual(['canary']);
    expect((await tell(release.id, pauseRelease, { reason: 'look first' })).body).toMatchObject({
      state: 'paused',
      waits: [{ for: 'person', reason: 'person' }],
    });
    await runEnds(release.id, 'canary', 'healthy');
    expect(await admitted(release.id)).toEqual(['canary']);
    expect(await tell(release.id, pauseRelease)).toMatchObject({ status: 409, body: { code: 'release_not_rolling' } });
    const one = release.targets.find(({ cluster }) => cluster === 'one')?.targetId;
    const two = release.targets.find(({ cluster }) => cluster === 'two')?.targetId;
    const skipped = (await tell(release.id, skipTarget, { reason: 'maintenance' }, owner, one))
      .body as unknown as ReleaseDetail;
    expect(skipped.targets.find(({ cluster }) => cluster === 'one')).toMatchObject({
      state: 'deferred',
      debt: { reason: 'skipped' },
    });
    expect((await tell(release.id, skipTarget, {}, owner, skipped.targets[0]?.targetId)).body.code).toMatch(
      /target_in_flight|release_ended/,
    );
    await tell(release.id, resumeRelease, { reason: 'looked' });
    await tell(release.id, skipTarget, {}, owner, two);
    const partial = await read(release.id);
    expect(partial.state).toBe('partial');
    const debtOf = (cluster: string) => partial.targets.find((target) => target.cluster === cluster)?.debt?.id ?? '';
    const caught = await owner.request({ method: 'POST', url: catchUpDebt.path.replace(':id', debtOf('one')) });
    expect(caught).toMatchObject({ status: 202, body: { kind: 'catch_up', state: 'rolling' } });
    const dismissed = await tell(debtOf('two'), dismissDebt);
    expect(dismissed.status).toBe(204);
    const again = await tell(debtOf('two'), dismissDebt);
    expect(again).toMatchObject({ status: 409, body: { code: 'debt_closed' } });
  });

  it('goes on over a broken budget, and the failures so far count no more', async () => {
    await setStrategies({ ...canaryFirst, onFailure: 'pause' });
    const release = await made('1');
    expect(await runEnds(release.id, 'canary', 'failed', 'image_pull')).toMatchObject({
      state: 'paused',
      pausedReason: 'budget',
    });
    await tell(release.id, resumeRelease, { reason: 'only the canary' });
    expect(await read(release.id)).toMatchObject({
      state: 'rolling',
      waves: [{ state: 'done' }, { state: 'running' }],
    });
  });

  it('deploys again while one is on its way: it waits its turn, the newest goes next, the others give way', async () => {
    const first = await made('1');
    const second = await made('2');
    const third = await made('3');
    expect([second.state, third.state]).toEqual(['queued', 'queued']);
    expect(third.waits).toEqual([{ for: 'lane', number: 1 }]);
    await allHealthy(first);
    await test.composition.releaseMachine.advance(third.id);
    expect(await read(third.id)).toMatchObject({ state: 'rolling' });
    expect(await read(second.id)).toMatchObject({
      state: 'superseded',
      endedReason: third.id,
    });
    // Going back does not wait.
    const back = await tell(first.id, rollbackRelease, { reason: 'now' });
    expect(back.body).toMatchObject({ state: 'rolling', kind: 'rollback' });
    expect(await read(third.id)).toMatchObject({ state: 'superseded' });
  });

  it('puts back only the image, or only the configuration', async () => {
    const first = await allHealthy(await made('1', { parameters: { replicas: 2 } }, owner));
    await allHealthy(await made('2', { parameters: { replicas: 5 } }, owner));
    const of = async (take: string) => {
      const { body } = await tell(first.id, rollbackRelease, { take });
      const objects = await owner.request({ method: 'GET', url: `/releases/${body.id}/objects` });
      await tell(String(body.id), abortRelease);
      const manifests = (objects.body.items as { kind: string; manifest: string }[]).filter(
        ({ kind }) => kind === 'Deployment',
      );
      return manifests[0]?.manifest ?? '';
    };
    const onlyImage = await of('image');
    expect(onlyImage).toContain(image('1'));
    expect(onlyImage).toMatch(/replicas: 5/);
    await allHealthy(await made('2', { parameters: { replicas: 5 } }, owner));
    const onlyConfig = await of('config');
    expect(onlyConfig).toContain(image('2'));
    expect(onlyConfig).toMatch(/replicas: 2/);
  });
});

describe('approvals', () => {
  const approved = {
    ...canaryFirst,
    name: 'approved',
    approval: { count: 1 },
    waves: [canaryFirst.waves[0], { ...canaryFirst.waves[1], approval: { count: 1 } }],
  };

  it('hold the release and its waves; not the maker’s own, and only for these bytes', async () => {
    await setStrategies(approved);
    const release = await made('1');
    expect(release).toMatchObject({ state: 'awaiting_approval', waits: [{ for: 'approval', given: 0, needed: 1 }] });
    // Of all that wait: for whoever may and has not yet, and never for its maker.
    const waitsFor = async (who: SignedInClient) =>
      ((await who.request({ method: 'GET', url: '/releases?awaitsMe=true' })).body.items as { id: string }[]).some(
        ({ id }) => id === release.id,
      );
    const reader = await addPerson(test, `reader-${count}`);
    await addGrant(test, reader, 'viewer', { kind: 'project', id: projectId });
    expect([await waitsFor(approver), await waitsFor(maker), await waitsFor(reader)]).toEqual([true, false, false]);
    const vote = (who: SignedInClient, more: object = {}) =>
      tell(release.id, approveRelease, { decision: 'approve', contentSha256: release.contentSha256, ...more }, who);
    expect(await vote(maker)).toMatchObject({ status: 403, body: { code: 'own_release' } });
    expect(await vote(approver, { contentSha256: 'f'.repeat(64) })).toMatchObject({
      status: 409,
      body: { code: 'release_changed' },
    });
    expect(await vote(approver, { wave: 0 })).toMatchObject({ status: 409, body: { code: 'nothing_to_approve' } });
    expect((await vote(approver)).body).toMatchObject({
      state: 'rolling',
      approvals: [{ by: 'Approver', counts: true }],
    });
    expect(await waitsFor(approver)).toBe(false);
    expect(await runEnds(release.id, 'canary', 'healthy')).toMatchObject({ waits: [{ for: 'approval', wave: 1 }] });
    expect(await waitsFor(approver)).toBe(true);
    expect((await vote(approver, { wave: 1 })).body).toMatchObject({
      waves: [{ state: 'done' }, { state: 'running' }],
    });
    expect(await waitsFor(approver)).toBe(false);
  });

  it('that nobody gives end the release after seven days', async () => {
    await setStrategies(approved);
    const release = await made('1');
    const age = (days: number) =>
      test.database.pool.query('UPDATE release SET created_at = now() - make_interval(days => $2) WHERE id = $1', [
        toUuid(release.id),
        days,
      ]);
    await age(6);
    await test.composition.releaseMachine.advance(release.id);
    expect(await read(release.id)).toMatchObject({ state: 'awaiting_approval' });
    await age(7);
    await test.composition.releaseMachine.advance(release.id);
    expect(await read(release.id)).toMatchObject({ state: 'aborted', endedReason: 'approval_expired' });
  });

  it('are void once their giver may not give them any more; a rejection ends it', async () => {
    await setStrategies({ ...approved, approval: { count: 2 } });
    const leaver = await addPerson(test, `leaver-${count}`);
    const grant = await addGrant(test, leaver, 'release-manager', { kind: 'project', id: projectId });
    const release = await made('1');
    const vote = (who: SignedInClient, decision: string) =>
      tell(release.id, approveRelease, { decision, contentSha256: release.contentSha256 }, who);
    await vote(leaver, 'approve');
    await owner.request({ method: 'DELETE', url: `/access/grants/${grant}` });
    expect((await vote(approver, 'approve')).body).toMatchObject({
      state: 'awaiting_approval',
      approvals: [{ counts: false, voidFor: 'right_lost' }, { counts: true }],
    });
    expect((await vote(approver, 'reject')).body).toMatchObject({ state: 'aborted', endedReason: 'rejected' });
  });
});

describe('how an environment is deployed to', () => {
  it('is not overwritten by who read it before somebody else changed it, the first time and later', async () => {
    for (const revision of [0, 1]) {
      // Both have the same one in their hands, and both save at once: one of them is told.
      const names = ['mine', 'yours'].map((name) => ({ ...canaryFirst, name }));
      const both = await Promise.all(names.map((strategy) => saveDelivery({ strategies: [strategy], revision })));
      const [won, lost] = both.toSorted((a, b) => a.status - b.status);
      expect(won).toMatchObject({ status: 200, body: { revision: revision + 1, changedBy: 'Test Owner' } });
      expect(lost).toMatchObject({
        status: 409,
        body: {
          code: 'delivery_changed',
          detail: expect.stringMatching(/^Test Owner changed how .* \(revision \d; it is \d now\)/),
          errors: [{ pointer: '/revision' }],
        },
      });
      expect((await readDelivery()).body).toEqual(won?.body);
    }
    expect(await saveDelivery({ strategies: [] })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/revision' }] },
    });
    // One that nobody ever saved has no revision but 0.
    await test.database.pool.query('DELETE FROM environment_delivery WHERE environment_id = $1', [
      toUuid(environmentId),
    ]);
    expect((await saveDelivery({ strategies: [], revision: 2 })).status).toBe(409);
    expect((await readDelivery()).body).toMatchObject({ strategies: [], revision: 0 });
  });
});

describe('a freeze', () => {
  const always = { starts: '2026-01-01T00:00', ends: '2026-01-02T00:00', zone: 'UTC', rule: 'FREQ=DAILY' };
  const midnight = expect.stringMatching(/T00:00:00.000Z$/);

  it('holds what would start, says until when, and lets go on with a reason; rollbacks pass', async () => {
    await setStrategies(canaryFirst);
    const good = await allHealthy(await made('1'));
    const frozen = await owner.request({
      method: 'POST',
      url: '/freeze-windows',
      payload: { name: 'sale', environmentId, recurrence: always },
    });
    expect(frozen).toMatchObject({ status: 201, body: { projectId, holdsUntil: midnight, next: expect.any(Array) } });
    const held = await made('2');
    expect(held).toMatchObject({
      state: 'queued',
      waits: [{ for: 'freeze', name: 'sale', until: midnight }],
    });
    const back = await tell(good.id, rollbackRelease, {});
    expect(back.body).toMatchObject({ state: 'rolling' });
    await tell(String(back.body.id), abortRelease);
    const next = await made('3');
    expect(await tell(next.id, overrideFreeze, { reason: '' })).toMatchObject({ status: 422 });
    expect(await tell(next.id, overrideFreeze, { reason: 'outage' })).toMatchObject({
      body: { state: 'rolling', freezeOverride: { reason: 'outage' } },
    });
    const listed = await owner.request({ method: 'GET', url: '/freeze-windows' });
    expect(listed.body.items).toEqual(expect.arrayContaining([expect.objectContaining({ id: frozen.body.id })]));
    const ended = await owner.request({ method: 'DELETE', url: `/freeze-windows/${frozen.body.id}` });
    expect(ended.status).toBe(204);
  });

  it('that begins in the middle holds the next wave', async () => {
    await setStrategies(canaryFirst);
    const release = await made('1');
    const night = await owner.request({
      method: 'POST',
      url: '/freeze-windows',
      payload: { name: 'night', projectId, recurrence: always },
    });
    const held = await runEnds(release.id, 'canary', 'healthy');
    expect(held).toMatchObject({
      state: 'rolling',
      waits: [{ for: 'freeze', wave: 1, name: 'night', until: midnight }],
    });
    expect(await admitted(release.id)).toEqual(['canary']);
    // Changed so that it holds no more: what it held is looked at at once.
    const yearly = { ...always, ends: '2026-01-01T00:01', rule: 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1' };
    const changed = await owner.request({
      method: 'PUT',
      url: `/freeze-windows/${night.body.id}`,
      payload: { name: 'new year', recurrence: yearly, revision: 1 },
    });
    expect(changed).toMatchObject({ status: 200, body: { name: 'new year', projectId, next: [{}], revision: 2 } });
    expect(changed.body).not.toHaveProperty('holdsUntil');
    expect(await test.composition.machineStore.due(100)).toContain(release.id);
    await test.composition.releaseMachine.advance(release.id);
    expect(await read(release.id)).toMatchObject({ waves: [{ state: 'done' }, { state: 'running' }] });
    await owner.request({ method: 'DELETE', url: `/freeze-windows/${night.body.id}` });
  });

  it('is neither changed nor ended by who read it before somebody else changed it', async () => {
    const { body: sale } = await owner.request({
      method: 'POST',
      url: '/freeze-windows',
      payload: { name: 'sale', environmentId, recurrence: always },
    });
    const url = `/freeze-windows/${sale.id}`;
    const save = (name: string, revision: number) =>
      owner.request({ method: 'PUT', url, payload: { name, recurrence: always, revision } });
    const both = await Promise.all(['mine', 'yours'].map((name) => save(name, 1)));
    const [won, lost] = both.toSorted((a, b) => a.status - b.status);
    expect(won).toMatchObject({ status: 200, body: { revision: 2, changedBy: 'Test Owner' } });
    const changed = { status: 409, body: { code: 'freeze_changed', errors: [{ pointer: '/revision' }] } };
    expect(lost).toMatchObject(changed);
    expect(await owner.request({ method: 'DELETE', url: `${url}?revision=1` })).toMatchObject(changed);
    const listed = await owner.request({ method: 'GET', url: '/freeze-windows' });
    expect(listed.body.items).toContainEqual(won?.body);
    expect((await owner.request({ method: 'DELETE', url: `${url}?revision=2` })).status).toBe(204);
    expect((await save('late', 2)).status).toBe(404);
  });

  it('that is over or never comes is refused with its field, before (previewFreeze, updateFreezeWindow) and when it is made', async () => {
    const preview = (recurrence: object) =>
      owner.request({ method: 'POST', url: '/freeze-previews', payload: { recurrence } });
    expect(await preview(always)).toMatchObject({
      status: 200,
      body: { next: expect.arrayContaining([{ from: midnight, to: midnight }]) },
    });
    const { rule: _daily, ...once } = always;
    expect(await preview({ ...once, starts: '2020-01-01T00:00', ends: '2020-01-02T00:00' })).toMatchObject({
      status: 422,
      body: { code: 'freeze_never', errors: [{ pointer: '/recurrence/ends' }] },
    });
    const never = { ...always, rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' };
    expect(
      await owner.request({
        method: 'POST',
        url: '/freeze-windows',
        payload: { name: 'n', environmentId, recurrence: never },
      }),
    ).toMatchObject({ status: 422, body: { code: 'freeze_never', errors: [{ pointer: '/recurrence/rule' }] } });
    expect(await preview({ ...always, rule: 'FREQ=SECONDLY' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/recurrence/rule', detail: 'FREQ=SECONDLY is not understood' }] },
    });
  });
});
