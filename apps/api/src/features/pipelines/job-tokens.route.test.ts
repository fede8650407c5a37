import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, programOf, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { commitA } from './events/payloads.fixture.ts';
import { type FakeJob, type GitLabServer, startGitLabServer } from './gitlab-server.fixture.ts';
import { createShop, type Shop, silentPort } from './pipelines.fixture.ts';

let gitlab: GitLabServer;
let test: TestApp;
let owner: SignedInClient;
let shop: Shop;
let other: Shop;
let connection: string;

beforeAll(async () => {
  gitlab = await startGitLabServer('glpat-test');
  const ports = [silentPort, gitlab.port].map((port) => `127.0.0.1/32:${port}`);
  test = await createTestApp({ clusterAddressAllow: ports });
  owner = await claimAsOwner(test);
  shop = await createShop(test, owner);
  other = await createShop(test, owner);
  const account = await shop.call('POST', '/service-accounts', { name: 'ci' });
  for (const { projectId } of [shop, other]) {
    await shop.call('POST', '/access/grants', {
      subject: { kind: 'service_account', id: account.id },
      roleId: 'deployer',
      scope: { kind: 'project', id: projectId },
    });
  }
  await shop.call('POST', '/trust-rules', {
    name: 'web on main',
    issuer: gitlab.origin,
    caPem: gitlab.caPem,
    gitlabProjectId: 22,
    ref: 'main',
    serviceAccountId: account.id,
    permissions: ['pipelines:deploy', 'releases:create', 'releases:read'],
  });
  const made = await shop.call('POST', '/pipeline-connections', {
    kind: 'gitlab',
    projectId: shop.projectId,
    name: 'company GitLab',
    url: gitlab.origin,
    caPem: gitlab.caPem,
    token: 'glpat-test',
  });
  connection = String(made.id);
});
afterAll(async () => {
  await test?.close();
  await gitlab?.close();
});
/** Each begins with no failures counted, a GitLab that is well, and a free place. */
beforeEach(async () => {
  await test.database.pool.query('DELETE FROM identity_sign_in_limit');
  gitlab.failWith(undefined);
  gitlab.tellsAll = false;
  gitlab.asked.length = 0;
  await shop.finish('succeeded');
});

const turn = (jobTokens: boolean) =>
  owner.request({ method: 'PATCH', url: `/pipeline-connections/${connection}`, payload: { jobTokens } });

let serial = 4000;
/** A running job of the project, on its protected branch, with changes; gives its token. */
function startJob(change: Partial<FakeJob> & { protected?: boolean; source?: string } = {}): string {
  serial += 1;
  const { protected: isProtected = true, source = 'push', ...rest } = change;
  const job = {
    id: serial,
    status: 'running',
    ref: 'main',
    tag: false,
    projectId: 22,
    pipelineId: serial,
    sha: commitA,
    ...rest,
  };
  const token = `glcbt-64_${'a'.repeat(12)}${serial}`;
  gitlab.jobs.set(token, job);
  gitlab.pipelines.set(`${job.projectId}/${job.pipelineId}`, {
    sha: commitA,
    ref: job.ref,
    source,
    status: 'running',
  });
  gitlab.branches.set(`${job.projectId}/${job.ref}`, isProtected);
  return token;
}

/** As `gitlab-job-$CI_JOB_ID` is: one for all calls of a job. */
const keyOf = (token: string) => `job-${token.slice(-4)}`;

let images = 0;
const call = (bearer: string, { at = shop, by = connection, key = keyOf(bearer) } = {}) => {
  images += 1;
  return programOf(test.app, bearer).request({
    method: 'POST',
    url: '/ci-deployments',
    payload: {
      application: `${at.project}/web`,
      environment: at.environment,
      images: { main: `127.0.0.1:${silentPort}/shop/web@sha256:${String(images).padStart(64, '0')}` },
    },
    headers: { 'idempotency-key': key, 'quarterdeck-connection': by },
  });
};
const askedJobs = () => gitlab.asked.filter(({ path }) => path === '/job').length;

describe('a connection', () => {
  let maintainer: Person;
  beforeAll(async () => {
    maintainer = await addPerson(test, 'maintainer');
    await addGrant(test, maintainer, 'project-admin', { kind: 'project', id: shop.projectId });
  });

  it('S42 takes no job token until somebody turns it on, and sends none anywhere before', async () => {
    const token = startJob();
    expect((await shop.call('GET', '/pipeline-connections')).items).toMatchObject([{ jobTokens: false }]);
    expect(await call(token)).toMatchObject({ status: 401, body: { code: 'job_token_invalid' } });
    expect(await call(token, { by: 'con_01m8b8c8zceczsh2qwqw29ecw8' })).toMatchObject({ status: 401 });
    expect(await call(token, { by: 'company GitLab' })).toMatchObject({ status: 401 });
    expect(gitlab.asked).toEqual([]);
    const { proofs } = await shop.call('GET', `/applications/${shop.applicationId}/ci-snippet`);
    expect(proofs).toEqual(['id_token']);
    const snippet = `/applications/${shop.applicationId}/ci-snippet?proof=job_token`;
    expect(await owner.request({ url: snippet })).toMatchObject({ status: 422, body: { code: 'job_tokens_off' } });
  });

  it('is told to by who may configure trust, and needs an access token for it', async () => {
    const change = (who: Pick<SignedInClient, 'request'>, payload: object) =>
      who.request({ method: 'PATCH', url: `/pipeline-connections/${connection}`, payload });
    expect(await change(maintainer, { name: 'our GitLab' })).toMatchObject({ status: 200 });
    expect(await change(maintainer, { jobTokens: true })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const made = (payload: object) =>
      owner.request({
        method: 'POST',
        url: '/pipeline-connections',
        payload: { kind: 'gitlab', projectId: shop.projectId, name: 'x', url: gitlab.origin, ...payload },
      });
    expect(await made({ jobTokens: true })).toMatchObject({
      status: 422,
      body: { code: 'access_token_missing', errors: [{ pointer: '/token' }] },
    });
    const slack = { kind: 'slack', name: 'slack', url: 'https://hooks.example.com/x', events: ['failed'] };
    const { body: channel } = await made(slack);
    const url = `/pipeline-connections/${channel.id}`;
    expect(await owner.request({ method: 'PATCH', url, payload: { jobTokens: true } })).toMatchObject({
      status: 422,
      body: { code: 'not_a_gitlab', errors: [{ pointer: '/jobTokens' }] },
    });
    expect(await turn(true)).toMatchObject({ status: 200, body: { jobTokens: true } });
    // Whose word is taken is no business of a project either; turning it off is.
    expect((await change(maintainer, { caPem: null })).status).toBe(403);
    expect(await change(maintainer, { jobTokens: false })).toMatchObject({ status: 200, body: { jobTokens: false } });
    const { body: audit } = await owner.request({ url: `/audit?target=${connection}` });
    expect(audit.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ changes: [{ path: 'jobTokens', after: true }] }),
        expect.objectContaining({ changes: [{ path: 'jobTokens', after: false }] }),
      ]),
    );
  });
});

describe('a CI job with its job token', () => {
  beforeAll(async () => {
    await turn(true);
  });

  it('deploys as what GitLab says it is, waits for it, and leaves its token nowhere', async () => {
    const token = startJob();
    const first = await call(token);
    expect(first).toMatchObject({ status: 202, body: { existed: false } });
    const url = `/ci-deployments/${first.body.releaseId}`;
    const headers = { 'idempotency-key': keyOf(token), 'quarterdeck-connection': connection };
    const program = programOf(test.app, token);
    expect(await program.request({ url, headers })).toMatchObject({ status: 200, body: { outcome: 'running' } });
    expect((await program.request({ url: `${url}/report`, headers })).status).toBe(200);
    expect((await shop.candidates())[0]).toMatchObject({ commit: commitA, ref: 'main', pipelineId: serial });
    // GitLab was asked once for all of it: as the job by its token alone, as ourselves by ours alone.
    expect(gitlab.asked.map(({ path, token: own, jobToken }) => [path, own, jobToken]).sort()).toEqual([
      ['/job', undefined, token],
      [`/projects/22/pipelines/${serial}`, 'glpat-test', undefined],
      ['/projects/22/repository/branches/main', 'glpat-test', undefined],
    ]);
    const { rows } = await test.database.pool.query<{ row: string }>(
      `SELECT e::text AS row FROM audit_event e UNION ALL SELECT d::text FROM hook_delivery d
       UNION ALL SELECT convert_from(body, 'UTF8') FROM hook_delivery WHERE body IS NOT NULL
       UNION ALL SELECT c::text FROM candidate c UNION ALL SELECT t::text FROM identity_token t
       UNION ALL SELECT x::text FROM identity_exchange x`,
    );
    const kept = rows.map(({ row }) => row).join('\n') + test.logged.join('');
    expect(kept).toContain('job_token');
    expect(kept).toContain('"li.wei"');
    expect(kept.includes(token)).toBe(false);
  });

  it('gets a file to paste that sends it to that connection, and no identity token', async () => {
    const url = `/applications/${shop.applicationId}/ci-snippet`;
    const { text, proofs } = await shop.call('GET', `${url}?proof=job_token`);
    expect(proofs).toEqual(['id_token', 'job_token']);
    expect(text).toContain(`-H "Authorization: Bearer $CI_JOB_TOKEN" -H "Quarterdeck-Connection: ${connection}"`);
    expect(text).not.toMatch(/id_tokens|QUARTERDECK_TOKEN/);
    expect((await shop.call('GET', url)).text).toContain('id_tokens');
  });

  it.each<[string, Parameters<typeof startJob>[0], number, string, RegExp]>([
    ['that has ended', { status: 'success' }, 401, 'job_token_invalid', /no running job/],
    ['on an unprotected branch', { ref: 'try', protected: false }, 403, 'no_trust_rule', /the branch try/],
    ['on the branch, no longer protected', { protected: false }, 403, 'no_trust_rule', /not protected/],
    ['on a tag of that name', { tag: true }, 403, 'no_trust_rule', /the tag main/],
    ['of another project', { projectId: 23 }, 403, 'no_trust_rule', /project 23/],
    ['of a merge request', { source: 'merge_request_event' }, 403, 'no_trust_rule', /merge requests/],
    ['of another commit than its pipeline', { sha: 'b'.repeat(40) }, 401, 'job_token_invalid', /two things/],
  ])('S42 %s deploys nothing and hears why', async (_name, change, status, code, why) => {
    const count = (await shop.releases()).length;
    const answer = await call(startJob(change));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail).toMatch(why);
    expect(await shop.releases()).toHaveLength(count);
  });

  it('S42 that GitLab tells of after its end, or names in a way of its own, is no running job', async () => {
    gitlab.tellsAll = true;
    expect(await call(startJob({ status: 'canceled' }))).toMatchObject({
      status: 401,
      body: { code: 'job_token_invalid', detail: 'The job of this token is canceled.' },
    });
    expect(await call(startJob({ ref: 'refs/merge-requests/7/head' }))).toMatchObject({ status: 403 });
    // Made up, or of a project that our access token is not shown.
    expect(await call('glcbt-64_made-up-by-somebody')).toMatchObject({ status: 401 });
    const unseen = startJob();
    gitlab.pipelines.delete(`22/${serial}`);
    expect(await call(unseen)).toMatchObject({ status: 403, body: { detail: expect.stringContaining('read_api') } });
  });

  it('S42 opens the project of that connection alone, though its rule reaches further', async () => {
    expect((await call(startJob())).status).toBe(202);
    expect((await call(startJob(), { at: other })).status).toBe(404);
    expect(await other.releases()).toHaveLength(1);
  });

  it('S42 never sees a token of ours sent to its GitLab, nor its own sent anywhere else', async () => {
    const { secret } = await shop.call('POST', '/me/tokens', {
      name: 'mine',
      permissions: ['pipelines:deploy', 'releases:create', 'releases:read'],
      expiresInDays: 1,
    });
    expect((await call(String(secret))).status).toBe(202);
    expect(gitlab.asked).toEqual([]);
    const elsewhere = await programOf(test.app, startJob()).request({
      url: '/releases',
      headers: { 'quarterdeck-connection': connection },
    });
    expect(elsewhere.status).toBe(401);
    expect(gitlab.asked).toEqual([]);
  });

  it('counts as running for seconds after it ended, but not where the connection was turned off', async () => {
    const token = startJob();
    expect((await call(token)).status).toBe(202);
    gitlab.jobs.delete(token);
    await shop.finish('succeeded');
    expect((await call(token, { key: 'another' })).status).not.toBe(401);
    expect(askedJobs()).toBe(1);
    await turn(false);
    expect((await call(token)).status).toBe(401);
    await turn(true);
  });

  it('is 503 while GitLab is away, with the reason and when to come back, and nothing is counted against it', async () => {
    for (const failure of [0, 502, 429]) {
      gitlab.failWith(failure);
      const away = await call(startJob());
      expect([away.status, away.body.code, away.headers['retry-after']]).toEqual([503, 'gitlab_unreachable', '10']);
      expect(away.body.detail).toContain(`127.0.0.1:${gitlab.port}`);
    }
    gitlab.failWith(undefined);
    expect((await call(startJob())).status).toBe(202);
    // A connection to an address that is not dialled is refused by the same guard as all that goes out.
    const pool = test.database.pool;
    const move = (to: string) =>
      pool.query('UPDATE pipelines_connection SET address = $2 WHERE id = $1', [toUuid(connection), to]);
    const metadata = 'https://169.254.169.254';
    await pool.query('UPDATE identity_trust_rule SET issuer = $1', [metadata]);
    await move(metadata);
    expect(await call(startJob())).toMatchObject({
      status: 503,
      body: { code: 'gitlab_unreachable', detail: expect.stringContaining('not dialled') },
    });
    await pool.query('UPDATE identity_trust_rule SET issuer = $1', [gitlab.origin]);
    await move(gitlab.origin);
  });

  it('that made-up tokens stand for is not asked of GitLab without end: ten failures stop their network', async () => {
    // Of all that is asked so quickly, some is told to come back in a second; that is another bound.
    const statusOf = (token: string) =>
      vi.waitFor(
        async () => {
          const { status, headers } = await call(token);
          if (headers['retry-after'] === '1') throw new Error('asked more often than a connection is');
          return status;
        },
        { timeout: 60_000 },
      );
    const statuses = await Promise.all(
      Array.from({ length: 12 }, (_, index) => statusOf(`glcbt-64_made-up-number-${index}`)),
    );
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    const before = gitlab.asked.length;
    expect(await statusOf('glcbt-64_made-up-once-more')).toBe(429);
    expect(gitlab.asked).toHaveLength(before);
  });
});
