import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { type GitLabIssuer, startGitLabIssuer } from '../../testing/gitlab-issuer.ts';
import {
  claimAsOwner,
  createTestApp,
  programOf,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../testing/test-app.ts';
import { type Channel, startChannel } from './channel-server.fixture.ts';
import { commitA } from './events/payloads.fixture.ts';
import { type GitLabServer, startGitLabServer } from './gitlab-server.fixture.ts';
import { newHookSecret } from './hook-secret.ts';
import { type Body, createShop, type Shop, silentPort, startWork } from './pipelines.fixture.ts';
import { verifyHook } from './verify-hook.ts';

let gitlab: GitLabServer;
let issuer: GitLabIssuer;
let channel: Channel;
let hung: Channel;
let test: TestApp;
let owner: SignedInClient;
let work: { stop(): Promise<void> };
let shop: Shop;

beforeAll(async () => {
  gitlab = await startGitLabServer('glpat-test');
  issuer = await startGitLabIssuer(testOrigin);
  channel = await startChannel();
  hung = await startChannel();
  hung.answer = undefined;
  const ports = [silentPort, gitlab.port, issuer.port, channel.port, hung.port];
  test = await createTestApp({ clusterAddressAllow: ports.map((port) => `127.0.0.1/32:${port}`) });
  owner = await claimAsOwner(test);
  work = startWork(test);
  shop = await createShop(test, owner);
});
afterAll(async () => {
  await work?.stop();
  await test?.close();
  await Promise.all([gitlab, issuer, channel, hung].map((each) => each?.close()));
});

let images = 0;
function newImage(): string {
  images += 1;
  return `127.0.0.1:${silentPort}/shop/web@sha256:${String(images).padStart(64, '0')}`;
}

/** A call of a job: its bearer, its body, its key. */
async function callOf(bearer: string, change: Body = {}, key?: string) {
  return programOf(test.app, bearer).request({
    method: 'POST',
    url: '/ci-deployments',
    payload: {
      application: `${shop.project}/web`,
      environment: shop.environment,
      images: { main: newImage() },
      ...change,
    },
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });
}

describe('a CI job', () => {
  let account: string;
  let token: string;
  beforeAll(async () => {
    const made = await shop.call('POST', '/service-accounts', { name: 'web-ci', projectId: shop.projectId });
    account = String(made.id);
    await shop.call('POST', '/access/grants', {
      subject: { kind: 'service_account', id: account },
      roleId: 'deployer',
      scope: { kind: 'project', id: shop.projectId },
    });
    await shop.call('POST', '/trust-rules', {
      name: 'web on main',
      issuer: issuer.issuer,
      caPem: issuer.caPem,
      gitlabProjectId: 22,
      ref: 'main',
      serviceAccountId: account,
      permissions: ['pipelines:deploy', 'pipelines:read', 'releases:create', 'releases:read'],
    });
    const issued = await shop.call('POST', `/service-accounts/${account}/tokens`, {
      name: 'ci',
      permissions: ['pipelines:deploy', 'releases:create', 'releases:read'],
    });
    token = String(issued.secret);
  });

  it('deploys with its identity token alone, by a key that makes a retry harmless', async () => {
    await shop.finish('succeeded');
    const idToken = await issuer.idToken();
    const payload = { images: { main: newImage() } };
    const first = await callOf(idToken, payload, 'gitlab-job-4711');
    expect(first).toMatchObject({ status: 202, body: { existed: false } });
    expect(first.body.url).toBe(`${testOrigin}/applications/${shop.project}/web/staging/releases/${first.body.number}`);
    const retried = await callOf(idToken, payload, 'gitlab-job-4711');
    expect(retried).toMatchObject({ status: 202, body: { releaseId: first.body.releaseId } });
    const [candidate] = await shop.candidates();
    expect(candidate).toMatchObject({ state: 'released', commit: commitA, ref: 'main', pipelineId: 1212 });
    const release = await shop.call('GET', `/releases/${first.body.releaseId}`);
    expect(release).toMatchObject({
      createdBy: 'web-ci',
      images: payload.images.main === undefined ? {} : { main: { pinned: true } },
    });
  });

  it('S42 with the token of somebody else, of a fork, or a second time, does not', async () => {
    await shop.finish('succeeded');
    const used = await issuer.idToken({ pipeline_id: '1213' });
    expect((await callOf(used, {}, 'gitlab-job-1')).status).toBe(202);
    const count = (await shop.releases()).length;
    const fork = await issuer.idToken({ pipeline_source: 'merge_request_event' });
    const foreign = await issuer.idToken({ project_id: '23' });
    const loose = await issuer.idToken({ ref_protected: 'false' });
    expect(await callOf(used, {}, 'gitlab-job-2')).toMatchObject({ status: 409, body: { code: 'id_token_used' } });
    for (const bad of [fork, foreign, loose]) {
      expect(await callOf(bad)).toMatchObject({ status: 403, body: { code: 'no_trust_rule' } });
    }
    expect(await callOf(await issuer.idToken({ aud: 'https://other.example' }))).toMatchObject({
      status: 401,
      body: { code: 'id_token_invalid' },
    });
    // Elsewhere an identity token is nobody's.
    const elsewhere = await programOf(test.app, await issuer.idToken()).request({ method: 'GET', url: '/releases' });
    expect(elsewhere.status).toBe(401);
    expect(await shop.releases()).toHaveLength(count);
  });

  it('deploys with an API token, and the same images of the same commit once', async () => {
    await shop.finish('succeeded');
    const payload = { images: { main: newImage() }, commit: 'd'.repeat(40) };
    const first = await callOf(token, payload);
    expect(first).toMatchObject({ status: 202, body: { existed: false } });
    await shop.finish('succeeded');
    expect(await callOf(token, payload)).toMatchObject({
      status: 202,
      body: { releaseId: first.body.releaseId, existed: true },
    });
  });

  it.each([
    [{ images: { main: '127.0.0.1:1/shop/web:1.0' } }, 422, 'invalid_input', '/images/main'],
    [{ images: {} }, 422, 'invalid_input', '/images'],
    [{ application: 'shop/none' }, 404, 'not_found', undefined],
    [{ environment: 'none' }, 404, 'not_found', undefined],
    [{ images: { other: newImage() } }, 422, 'image_invalid', '/images/other'],
  ])('with %o is refused: %i %s', async (change, status, code, pointer) => {
    const answer = await callOf(token, change);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((answer.body.errors as { pointer: string }[] | undefined)?.[0]?.pointer).toBe(pointer);
  });

  it('of an older pipeline deploys nothing: no call goes backwards', async () => {
    const count = (await shop.releases()).length;
    expect(await callOf(await issuer.idToken({ pipeline_id: '900' }))).toMatchObject({
      status: 409,
      body: { code: 'older_than_current' },
    });
    expect(await shop.releases()).toHaveLength(count);
    expect((await shop.candidates())[0]).toMatchObject({ state: 'refused', code: 'older_than_current' });
  });

  it('gets a file to paste (getCiSnippet), without a secret in it', async () => {
    const url = `/applications/${shop.applicationId}/ci-snippet`;
    const { body } = await owner.request({ method: 'GET', url });
    expect(body).toMatchObject({ fileName: '.gitlab-ci.yml', environment: 'staging' });
    expect(body.text).toContain(`aud: ${testOrigin}`);
    expect(body.text).toContain(`\\"application\\":\\"${shop.project}/web\\"`);
    expect(body.text).toContain('Idempotency-Key: gitlab-job-$CI_JOB_ID');
    expect(body.text).toContain('/report?waitSeconds=50');
  });

  it('waits for what it deployed with the same token and key, and is told when it ends (getCiDeployment, getCiReport)', async () => {
    await shop.finish('succeeded');
    const idToken = await issuer.idToken({ pipeline_id: '1300' });
    const key = { 'idempotency-key': 'gitlab-job-1300' };
    const { body: made } = await callOf(idToken, {}, key['idempotency-key']);
    const url = `/ci-deployments/${made.releaseId}`;
    const ask = (bearer: string, path: string, headers: Record<string, string> = key) =>
      programOf(test.app, bearer).request({ method: 'GET', url: path, headers });
    expect(await ask(idToken, url)).toMatchObject({
      status: 200,
      body: { outcome: 'running', application: `${shop.project}/web`, targetCount: 1 },
    });
    const waiting = ask(idToken, `${url}?waitSeconds=50`);
    await shop.finish('failed');
    await test.composition.releasesStore.notify(test.database.pool, String(made.releaseId));
    expect(await waiting).toMatchObject({ status: 200, body: { outcome: 'failed', exitCode: 1, state: 'failed' } });
    const report = await ask(token, `${url}/report`, {});
    expect(report.text.trimEnd().split('\n').at(-1)).toBe('exit 1');
    // The same identity token for another call, or with nothing but itself, is a stolen one.
    for (const headers of [{}, { 'idempotency-key': 'gitlab-job-1301' }] as Record<string, string>[])
      expect(await ask(idToken, url, headers)).toMatchObject({ status: 409, body: { code: 'id_token_used' } });
  });

  it('S21 is told nothing of a release of a project it may not deploy to', async () => {
    const other = await createShop(test, owner);
    const foreign = (await other.releases())[0]?.id;
    const [stolen, none] = await Promise.all(
      [foreign, newId('rel')].map((id) => programOf(test.app, token).request({ url: `/ci-deployments/${id}/report` })),
    );
    const { requestId: _, ...told } = stolen?.body ?? {};
    expect([stolen?.status, none?.status]).toEqual([404, 404]);
    expect(none?.body).toMatchObject(told);
  });
});

describe('GitLab is told (listOutboundEffects)', () => {
  let connectionId: string;
  beforeAll(async () => {
    const made = await shop.call('POST', '/pipeline-connections', {
      kind: 'gitlab',
      projectId: shop.projectId,
      name: 'gitlab',
      url: gitlab.origin,
      caPem: gitlab.caPem,
      token: 'glpat-test',
    });
    connectionId = String(made.id);
  });

  let sha = 0;
  /** A release of a build that this GitLab made. */
  async function built(): Promise<{ commit: string; releaseId: string }> {
    await shop.finish('succeeded');
    sha += 1;
    const commit = String(sha).padStart(40, 'f');
    const { rows } = await test.database.pool.query<{ id: string }>(
      'SELECT id FROM app_environment WHERE application_id = (SELECT application_id FROM app_environment ae JOIN release r ON r.app_environment_id = ae.id LIMIT 1)',
    );
    expect(rows).toHaveLength(1);
    const { status, body } = await owner.request({
      method: 'POST',
      url: '/ci-deployments',
      payload: { application: `${shop.project}/web`, environment: 'staging', images: { main: newImage() }, commit },
    });
    expect(status).toBe(202);
    // The call came from a person: what a build of this GitLab would have said is put beside it before it is told.
    await test.database.pool.query(
      `UPDATE candidate SET connection_id = (SELECT id FROM pipelines_connection WHERE name = 'gitlab'), gitlab_project_id = 22,
         pipeline_id = 900, ref = 'main', ref_type = 'branch' WHERE commit = $1`,
      [commit],
    );
    return { commit, releaseId: String(body.releaseId) };
  }

  const told = (commit: string) =>
    gitlab.asked
      .filter(
        ({ path, body, method }) =>
          method !== 'GET' && (path.includes(commit) || body.sha === commit || path.includes('deployments/')),
      )
      .map(({ method, path, body }) => `${method} ${path.replace(commit, 'sha')} ${String(body.state ?? body.status)}`);

  it('of a release as a status of its commit and as a deployment, in order', async () => {
    const { commit } = await built();
    gitlab.asked.length = 0;
    await shop.finish('succeeded');
    await expect.poll(() => gitlab.deployments.find((each) => each.sha === commit)?.status).toBe('success');
    // That it runs was told before, if the events were looked at before the build was put beside them.
    expect(
      told(commit)
        .filter((line) => line.includes('/statuses/'))
        .at(-1),
    ).toMatch(/ success$/);
    const status = gitlab.asked.findLast(({ path }) => path.includes('/statuses/'));
    expect(status).toMatchObject({
      method: 'POST',
      path: `/projects/22/statuses/${commit}`,
      token: 'glpat-test',
      body: { state: 'success', name: `quarterdeck/${shop.project}/web/staging`, ref: 'main', pipeline_id: 900 },
    });
    expect(status?.body.target_url).toMatch(
      new RegExp(`^${testOrigin}/applications/${shop.project}/web/staging/releases/\\d+$`),
    );
    expect(gitlab.deployments.at(-1)).toMatchObject({ sha: commit, environment: 'staging', status: 'success' });
  });

  it('F26 after an outage, all of it, in its order, and nothing twice', async () => {
    gitlab.failWith(0);
    const { commit } = await built();
    await shop.finish('failed');
    const waiting = async () =>
      (await shop.call(
        'GET',
        `/outbound-effects?project=${shop.project}&connection=${connectionId}&state=pending`,
      )) as { items: Body[] };
    await expect.poll(async () => (await waiting()).items.some(({ lastError }) => lastError !== undefined)).toBe(true);
    const [first] = (await waiting()).items;
    gitlab.failWith(undefined);
    gitlab.asked.length = 0;
    for (const { id } of (await waiting()).items) {
      expect((await owner.request({ method: 'POST', url: `/outbound-effects/${id}/retry` })).status).toBe(202);
    }
    await expect.poll(async () => (await waiting()).items.length).toBe(0);
    const lines = told(commit);
    expect(lines.filter((line) => line.includes('/statuses/')).at(-1)).toBe('POST /projects/22/statuses/sha failed');
    expect(new Set(lines).size).toBe(lines.length);
    expect(await owner.request({ method: 'POST', url: `/outbound-effects/${first?.id}/retry` })).toMatchObject({
      status: 409,
      body: { code: 'effect_delivered' },
    });
  });

  it('for 24 hours, and what stands behind a message that was given up goes on', async () => {
    gitlab.failWith(0);
    const { commit } = await built();
    await shop.finish('succeeded');
    const inState = async (state: string) =>
      ((await shop.call('GET', `/outbound-effects?connection=${connectionId}&state=${state}`)) as { items: Body[] })
        .items;
    await expect
      .poll(async () => (await inState('pending')).some(({ lastError }) => lastError !== undefined))
      .toBe(true);
    // Whoever looks sees how much waits, and since when it fails.
    const { items } = (await shop.call('GET', `/pipeline-connections?project=${shop.project}&kind=gitlab`)) as {
      items: Body[];
    };
    expect(items.find(({ id }) => id === connectionId)).toMatchObject({
      waiting: expect.any(Number),
      lastError: expect.any(String),
      lastFailedAt: expect.any(String),
    });
    // A day has passed for the first of them alone.
    const { rows } = await test.database.pool.query<{ id: string }>(
      `UPDATE outbound_effect SET give_up_at = now() - interval '1 second', next_at = now() WHERE seq =
         (SELECT min(seq) FROM outbound_effect WHERE state = 'pending' AND connection_id = $1) RETURNING id`,
      [toUuid(connectionId)],
    );
    const wake = () => test.database.pool.query(`SELECT pg_notify('quarterdeck_jobs', '{"queue":"outbound.deliver"}')`);
    await wake();
    const given = fromUuid('eff', rows[0]?.id ?? '');
    await expect.poll(async () => (await inState('given_up')).map(({ id }) => id)).toContain(given);
    gitlab.failWith(undefined);
    for (const { id } of await inState('pending'))
      await owner.request({ method: 'POST', url: `/outbound-effects/${id}/retry` });
    await expect.poll(async () => (await inState('pending')).length).toBe(0);
    expect(gitlab.deployments.some((each) => each.sha === commit)).toBe(true);
  });

  it('of one deployment when the answer to the first try was lost', async () => {
    const before = gitlab.deployments.length;
    const { commit } = await built();
    gitlab.loseNextAnswer();
    await shop.finish('succeeded');
    const pending = async () =>
      ((await shop.call('GET', `/outbound-effects?connection=${connectionId}&state=pending`)) as { items: Body[] })
        .items;
    await expect
      .poll(
        async () => {
          for (const { id } of await pending())
            await owner.request({ method: 'POST', url: `/outbound-effects/${id}/retry` });
          return (
            gitlab.deployments.slice(before).filter((each) => each.sha === commit).length > 0 &&
            (await pending()).length === 0
          );
        },
        { interval: 200 },
      )
      .toBe(true);
    const statuses = gitlab.deployments.slice(before).filter((each) => each.sha === commit);
    expect(statuses).toHaveLength(1);
  });
});

it('GitLab without a token is not told, and not said to have failed', async () => {
  await test.database.pool.query("UPDATE pipelines_connection SET sealed_secret = NULL WHERE name = 'gitlab'");
  await shop.finish('succeeded');
  const before = await shop.call('GET', '/outbound-effects?state=given_up');
  const { rows } = await test.database.pool.query<{ commit: string }>(
    "UPDATE candidate SET commit = repeat('9', 40), connection_id = (SELECT id FROM pipelines_connection WHERE name = 'gitlab'), gitlab_project_id = 22 WHERE state = 'released' RETURNING commit",
  );
  expect(rows.length).toBeGreaterThan(0);
  const newest = (await shop.releases())[0]?.id ?? '';
  await test.database.pool.query("UPDATE release SET state = 'failed' WHERE id = $1", [toUuid(newest)]);
  await test.database.pool.query("UPDATE release SET state = 'aborted' WHERE id = $1", [toUuid(newest)]);
  test.database.pool.notify('quarterdeck_jobs', '{"queue":"run.execute"}');
  await expect
    .poll(async () => (await test.database.pool.query('SELECT FROM pipelines_release_event')).rowCount)
    .toBe(0);
  expect((await shop.call('GET', '/outbound-effects?state=given_up')).total).toBe(before.total);
  expect((await shop.call('GET', '/outbound-effects?state=pending')).total).toBe(0);
});

it('a channel at an address that is not dialled is told of without the addresses that are', async () => {
  const made = await shop.call('POST', '/pipeline-connections', {
    kind: 'slack',
    projectId: shop.projectId,
    name: 'metadata',
    url: 'https://169.254.169.254/latest',
    events: ['failed'],
  });
  const { body } = await owner.request({ method: 'POST', url: `/pipeline-connections/${made.id}/test` });
  expect(body).toMatchObject({ ok: false, detail: expect.stringContaining('not dialled') });
  expect(String(body.detail)).not.toContain(String(gitlab.port));
  await shop.call('DELETE', `/pipeline-connections/${made.id}`);
});

describe('a channel is told', () => {
  const events = ['started', 'succeeded', 'failed'];
  async function connect(kind: string, extra: object = {}): Promise<string> {
    const made = await shop.call('POST', '/pipeline-connections', {
      kind,
      projectId: shop.projectId,
      name: kind,
      url: channel.url,
      caPem: channel.caPem,
      events,
      ...extra,
    });
    expect(JSON.stringify(made)).not.toContain('secret-of-the-channel');
    return String(made.id);
  }

  it('of what happened to a release, signed', async () => {
    const signingSecret = newHookSecret();
    const id = await connect('webhook', { signingSecret });
    channel.messages.length = 0;
    await shop.finish('succeeded');
    expect((await callFromPage()).status).toBe(202);
    await shop.finish('failed');
    await expect.poll(() => channel.messages.length).toBe(2);
    const [first, second] = channel.messages;
    expect([first, second].map((message) => JSON.parse(message?.body ?? '{}').type)).toEqual([
      'release.started',
      'release.failed',
    ]);
    // A person reads what of which image, by whom, and how far it is.
    expect(JSON.parse(first?.body ?? '{}').data.text).toMatch(
      / is being deployed: web\S+ by .+, 0 of \d+ clusters healthy\.$/,
    );
    const proof = verifyHook({
      source: 'gitlab',
      secret: signingSecret,
      requireSignature: true,
      headers: first?.headers ?? {},
      body: Buffer.from(first?.body ?? ''),
      now: new Date(),
    });
    expect(proof).toEqual({ replayable: false });
    // S39: what one may be told, and nothing besides.
    const usual = ['connection', 'content-length', 'content-type', 'host', 'user-agent'];
    expect(Object.keys(first?.headers ?? {}).toSorted()).toEqual(
      [...usual, 'webhook-id', 'webhook-signature', 'webhook-timestamp'].toSorted(),
    );
    await shop.call('DELETE', `/pipeline-connections/${id}`);
  });

  it('F26 while another one takes messages and never answers; that one is given up after a day with the reason', async () => {
    const effects = async (state: string) =>
      ((await shop.call('GET', `/outbound-effects?connection=${down}&state=${state}`)) as { items: Body[] }).items;
    const down = await connect('slack', { name: 'hung', url: hung.url, caPem: hung.caPem });
    await shop.finish('succeeded');
    expect((await callFromPage()).status).toBe(202);
    await expect.poll(() => hung.messages.length).toBe(1);
    const well = await connect('webhook', { signingSecret: newHookSecret() });
    channel.messages.length = 0;
    await shop.finish('failed');
    await expect.poll(() => channel.messages.length).toBe(1);
    // It is still waited for.
    const waiting = await effects('pending');
    expect(waiting.map(({ attempts, lastError }) => [attempts, lastError])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
    expect((await shop.releases())[0]?.state).toBe('failed');
    hung.drop();
    await expect.poll(async () => (await effects('pending')).some(({ lastError }) => lastError)).toBe(true);
    await test.database.pool.query(
      "UPDATE outbound_effect SET give_up_at = now() - interval '1 second', next_at = now() WHERE connection_id = $1",
      [toUuid(down)],
    );
    hung.answer = 'no such channel';
    test.database.pool.notify('quarterdeck_jobs', '{"queue":"outbound.deliver"}');
    await expect.poll(async () => (await effects('given_up')).length).toBe(2);
    for (const { lastError } of await effects('given_up')) expect(lastError).toContain('did not take it');
    const { items } = (await shop.call('GET', `/pipeline-connections?project=${shop.project}&kind=slack`)) as {
      items: Body[];
    };
    expect(items.find(({ id }) => id === down)).toMatchObject({ waiting: 0, lastError: expect.any(String) });
    for (const id of [well, down]) await shop.call('DELETE', `/pipeline-connections/${id}`);
  });

  it('that a wave asks people, once, with what it asks about', async () => {
    const id = await connect('webhook', { signingSecret: newHookSecret(), events: ['decision_needed'] });
    channel.messages.length = 0;
    await shop.finish('succeeded');
    const { body } = await callFromPage();
    const release = toUuid(String(body.releaseId));
    const runs = async () =>
      (await test.database.pool.query('SELECT FROM target_run WHERE release_id = $1', [release])).rowCount;
    await expect.poll(runs).toBe(1);
    const verdict = { code: 'conflict', summary: 'kubectl-edit owns .spec.type', evidence: [] };
    const ask = () =>
      test.database.transaction(async (tx) => {
        const asking = await tx.query<{ id: string }>(
          "UPDATE target_run SET state = 'blocked', verdict = $2 WHERE release_id = $1 RETURNING id",
          [release, verdict],
        );
        const run = asking.rows[0]?.id;
        await tx.query('DELETE FROM run_question WHERE run_id = $1', [run]);
        await tx.query("INSERT INTO run_question (run_id, seq, about, field) VALUES ($1, 0, 'field', '.spec.type')", [
          run,
        ]);
      });
    await ask();
    await ask();
    test.database.pool.notify('quarterdeck_jobs', '{"queue":"run.execute"}');
    const untold = async () => (await test.database.pool.query('SELECT FROM pipelines_release_event')).rowCount;
    await expect.poll(untold).toBe(0);
    await expect.poll(() => channel.messages.length).toBeGreaterThan(0);
    const told = channel.messages.map((message) => JSON.parse(message.body));
    expect(told.map(({ type }) => type)).toEqual(['release.decision_needed']);
    expect(told[0].data.text).toMatch(/ waits for a decision: .+, 1 asks\. kubectl-edit owns \.spec\.type\.$/);
    expect(told[0].data.state).not.toContain('asking');
    await shop.finish('aborted');
    await shop.call('DELETE', `/pipeline-connections/${id}`);
  });

  const callFromPage = () =>
    owner.request({
      method: 'POST',
      url: '/ci-deployments',
      payload: { application: `${shop.project}/web`, environment: 'staging', images: { main: newImage() } },
    });

  it.each([
    ['slack', 'ok', 'invalid_payload', /did not answer "ok"/],
    ['feishu', '{"code":0,"msg":"success"}', '{"code":19021,"msg":"sign match fail"}', /19021/],
    ['dingtalk', '{"errcode":0,"errmsg":"ok"}', '{"errcode":310000,"errmsg":"sign not match"}', /310000/],
    ['webhook', '', undefined, /./],
  ])('%s by a test notice, and says when it is refused', async (kind, good, bad, why) => {
    const id = await connect(kind, { signingSecret: 'SECdemo' });
    const url = `/pipeline-connections/${id}/test`;
    channel.answer = good;
    channel.messages.length = 0;
    expect((await owner.request({ method: 'POST', url })).body).toMatchObject({ ok: true });
    expect(channel.messages).toHaveLength(1);
    expect(channel.messages[0]?.body).toContain(`project ${shop.project} arrive here`);
    if (bad !== undefined) {
      channel.answer = bad;
      expect((await owner.request({ method: 'POST', url })).body).toMatchObject({
        ok: false,
        detail: expect.stringMatching(why),
      });
    }
    expect((await owner.request({ method: 'DELETE', url: `/pipeline-connections/${id}` })).status).toBe(204);
  });
});
