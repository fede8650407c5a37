import { startTestRegistry, type TestRegistry } from '@quarterdeck/registry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import {
  commitA,
  deploymentEvent,
  jobEvent,
  pipelineEvent,
  pushEnvelopes,
  pushEvent,
} from './events/payloads.fixture.ts';
import { type GitLabServer, startGitLabServer } from './gitlab-server.fixture.ts';
import {
  type Body,
  createShop,
  makeHook,
  post,
  type Shop,
  signed,
  silentPort,
  startWork,
  type TestHook,
} from './pipelines.fixture.ts';

let gitlab: GitLabServer;
let registry: TestRegistry;
let test: TestApp;
let owner: SignedInClient;
let work: { stop(): Promise<void> };

beforeAll(async () => {
  gitlab = await startGitLabServer('glpat-test');
  registry = await startTestRegistry({ login: { username: 'robot', password: 'registry-test' } });
  const ports = [silentPort, gitlab.port, registry.port];
  test = await createTestApp({ clusterAddressAllow: ports.map((port) => `127.0.0.1/32:${port}`) });
  owner = await claimAsOwner(test);
  work = startWork(test);
});
afterAll(async () => {
  await work?.stop();
  await test?.close();
  await gitlab?.close();
  await registry?.close();
});

type Pipes = { shop: Shop; gitlabHook: TestHook; registryHook: TestHook; connectionId: string; repository: string };

/** A project with both hooks and a trigger for the images of its own repository. */
async function pipes(
  options: { tier?: 'production' | 'staging'; trigger?: Body; token?: boolean } = {},
): Promise<Pipes> {
  const repository = `${registry.host}/shop/web`;
  const shop = await createShop(test, owner, {
    repository,
    ...(options.tier === undefined ? {} : { tier: options.tier }),
  });
  const { projectId } = shop;
  const { id } = await shop.call('POST', '/pipeline-connections', {
    kind: 'gitlab',
    projectId,
    name: 'gitlab',
    url: gitlab.origin,
    caPem: gitlab.caPem,
    ...(options.token === false ? {} : { token: 'glpat-test' }),
  });
  await shop.call('POST', '/pipeline-connections', {
    kind: 'registry',
    projectId,
    name: 'registry',
    host: registry.host,
    caPem: registry.caPem,
    username: 'robot',
    password: 'registry-test',
  });
  const connectionId = String(id);
  const gitlabHook = await makeHook(shop, { source: 'gitlab', name: 'gitlab', connectionId });
  const registryHook = await makeHook(shop, { source: 'distribution', name: 'registry', registry: registry.host });
  await shop.call('POST', '/deploy-triggers', {
    applicationId: shop.applicationId,
    environmentId: shop.environmentId,
    repository,
    requires: 'build_and_image',
    connectionId,
    gitlabProjectId: 22,
    refs: 'main',
    ...options.trigger,
  });
  return { shop, gitlabHook, registryHook, connectionId, repository };
}

let commits = 0;
/** A commit of its own, with the pipeline that GitLab has for it. */
function newBuild(ref = 'main', source = 'push'): { sha: string; id: number; event: Body } {
  commits += 1;
  const sha = `${String(commits).padStart(8, '0')}${commitA.slice(8)}`.replace(/^0/, 'c');
  const id = 5000 + commits;
  gitlab.pipelines.set(`22/${id}`, { sha, ref, source, status: 'success' });
  return { sha, id, event: pipelineEvent({ id, sha, ref, source }) };
}

const send = ({ gitlabHook }: Pipes, event: unknown) =>
  post(test, gitlabHook.path, event, signed(gitlabHook.secret, event));
const notify = ({ registryHook }: Pipes, envelope: unknown) =>
  post(test, registryHook.path, envelope, { authorization: `Bearer ${registryHook.secret}` });

/** What becomes of the newest candidate. */
async function outcome(shop: Shop): Promise<Body> {
  const settled = ['released', 'refused', 'superseded', 'expired'];
  await expect
    .poll(async () => settled.includes(String((await shop.candidates())[0]?.state)), { interval: 100 })
    .toBe(true);
  return (await shop.candidates())[0] ?? {};
}

describe('a push', () => {
  let push: Pipes;
  let build: ReturnType<typeof newBuild>;
  let digest: string;
  beforeAll(async () => {
    push = await pipes();
    build = newBuild();
    digest = registry.push('shop/web', 'whatever', { 'org.opencontainers.image.revision': build.sha });
  });

  it('of 21 registry events and a pipeline, all sent three times, makes one release', async () => {
    const envelopes = pushEnvelopes({ digest, tag: 'whatever' });
    for (let n = 0; n < 3; n += 1) {
      for (const envelope of envelopes) expect((await notify(push, envelope)).status).toBe(202);
      // In this order the verdicts below are known; the other one is tried further down.
      await push.shop.candidates();
      expect((await send(push, build.event)).status).toBe(202);
    }
    expect(await outcome(push.shop)).toMatchObject({
      state: 'released',
      commit: build.sha,
      ref: 'main',
      pipelineId: build.id,
      images: { main: `${push.repository}@${digest}` },
      confirmed: true,
      releaseNumber: 2,
    });
    const releases = await push.shop.releases();
    expect(releases.map(({ number }) => number)).toEqual([2, 1]);
    expect(releases[0]?.images.main?.reference).toBe(`${push.repository}@${digest}`);
    expect(await push.shop.candidates()).toHaveLength(1);
  });

  it('can be looked at: a verdict on each event, in words', async () => {
    const { items } = await push.shop.call('GET', `/deliveries?project=${push.shop.project}&limit=200`);
    const words = new Map<string, number>();
    for (const { state, code } of items as Body[])
      words.set(`${state} ${code}`, (words.get(`${state} ${code}`) ?? 0) + 1);
    // The pipeline was sent as three messages: each is a delivery, and all of them are about one candidate.
    expect(Object.fromEntries(words)).toEqual({
      'ignored no_tagged_image': 20,
      'matched first_part': 1,
      'matched complete': 3,
    });
    const image = (items as Body[]).find(({ code }) => code === 'first_part');
    expect(image).toMatchObject({ times: 3, candidates: [{ releaseNumber: 2, state: 'released' }] });
  });

  it('is processed again by a replay, and still one release', async () => {
    const { items } = await push.shop.call('GET', `/deliveries?project=${push.shop.project}&state=matched`);
    for (const { id } of items as Body[]) {
      expect((await owner.request({ method: 'POST', url: `/deliveries/${id}/replay` })).status).toBe(202);
    }
    await push.shop.candidates();
    expect(await push.shop.candidates()).toHaveLength(1);
    expect(await push.shop.releases()).toHaveLength(2);
  });

  it.each([
    ['the echo of our own deployment', () => deploymentEvent(), 'own_echo'],
    ['the echo of our own status', () => pipelineEvent({ source: 'external' }), 'own_echo'],
    [
      'S42 a pipeline of a fork',
      () =>
        pipelineEvent(
          { source: 'merge_request_event' },
          { merge_request: { source_project_id: 9, target_project_id: 22 } },
        ),
      'fork_merge_request',
    ],
    ['S42 a build of another project', () => pipelineEvent({}, { project: { id: 23 } }), 'no_trigger'],
    ['a branch that nobody waits for', () => pipelineEvent({ ref: 'feature/x' }), 'ref_unwanted'],
    ['a job where the pipeline counts', () => jobEvent({ sha: commitA }), 'job_unwanted'],
    ['a push', () => pushEvent(), 'commit_noted'],
  ])('has nothing to do with %s', async (_, event, code) => {
    const { body } = await send(push, event());
    await expect.poll(async () => (await push.shop.call('GET', `/deliveries/${body.id}`)).state).not.toBe('received');
    expect(await push.shop.call('GET', `/deliveries/${body.id}`)).toMatchObject({ state: 'ignored', code });
    expect(await push.shop.releases()).toHaveLength(2);
  });

  it('S42 of another repository starts nothing', async () => {
    const { body } = await notify(push, pushEnvelopes({ repository: 'shop/other', tag: 'x' }).at(-1));
    await push.shop.candidates();
    expect(await push.shop.call('GET', `/deliveries/${body.id}`)).toMatchObject({
      state: 'ignored',
      code: 'no_trigger',
    });
  });
});

describe('what belongs together (listCandidates, listDeliveries)', () => {
  it('finds itself in either order, by the characters of the commit in the tag', async () => {
    const push = await pipes();
    const build = newBuild();
    await send(push, build.event);
    expect(await push.shop.candidates()).toMatchObject([{ state: 'waiting', code: 'image_missing', hasBuild: true }]);
    const tag = `main-${build.sha.slice(0, 8)}`;
    const digest = registry.push('shop/web', tag);
    await notify(push, pushEnvelopes({ digest, tag }).at(-1));
    expect(await outcome(push.shop)).toMatchObject({ state: 'released', commit: build.sha, tag });
    expect(await push.shop.candidates()).toHaveLength(1);
  });

  it('finds itself among more halves than a burst leaves open', async () => {
    const push = await pipes();
    const build = newBuild();
    await send(push, build.event);
    expect(await push.shop.candidates()).toMatchObject([{ state: 'waiting', code: 'image_missing' }]);
    await test.database.pool.query(
      `INSERT INTO candidate (id, project_id, app_environment_id, slots, trigger_id, commit, digest, state, expires_at)
       SELECT gen_random_uuid(), project_id, app_environment_id, slots, trigger_id, md5(n::text) || 'feedf00d', '', state, expires_at
       FROM candidate, generate_series(1, 600) AS n WHERE commit = $1`,
      [build.sha],
    );
    const digest = registry.push('shop/web', build.sha);
    await notify(push, pushEnvelopes({ digest, tag: build.sha }).at(-1));
    const found = () => test.database.pool.query('SELECT state, has_build FROM candidate WHERE digest = $1', [digest]);
    await expect
      .poll(async () => (await found()).rows, { interval: 100 })
      .toEqual([{ state: 'released', has_build: true }]);
    await test.database.pool.query("DELETE FROM candidate WHERE commit LIKE '%feedf00d'");
  });

  it('expires with the name of what is missing', async () => {
    const push = await pipes();
    const digest = registry.push('shop/web', 'latest', { note: 'no commit' });
    await notify(push, pushEnvelopes({ digest, tag: 'latest' }).at(-1));
    expect(await push.shop.candidates()).toMatchObject([{ state: 'waiting', code: 'commit_unknown' }]);
    await test.database.pool.query(
      "UPDATE candidate SET expires_at = now() - interval '1 second' WHERE state = 'waiting'",
    );
    await test.composition.pipelinesFeature.work.settlement.expire();
    expect(await push.shop.candidates()).toMatchObject([
      {
        state: 'expired',
        code: 'commit_unknown',
        detail: expect.stringContaining('org.opencontainers.image.revision'),
      },
    ]);
  });
});

describe('order', () => {
  /** What became of each pipeline, by its number. */
  const outcomes = async (shop: Shop) =>
    new Map(
      (await shop.candidates()).map(({ pipelineId, state, code }) => [Number(pipelineId), String(code ?? state)]),
    );

  it('F25 of twenty pushes, some of them doubled, the first goes at once and the newest last, and an older one that comes late is refused', async () => {
    const push = await pipes();
    const late = newBuild();
    const builds = Array.from({ length: 20 }, () => newBuild());
    const digests = new Map<number, string>();
    for (const build of [late, ...builds]) {
      const digest = registry.push('shop/web', build.sha);
      digests.set(build.id, digest);
      await notify(push, pushEnvelopes({ digest, tag: build.sha }).at(-1));
    }
    await push.shop.candidates();
    for (const [index, build] of builds.entries()) {
      await send(push, build.event);
      if (index % 5 === 0) await send(push, build.event);
    }
    const newest = builds.at(-1)?.id ?? 0;
    await expect.poll(async () => (await outcomes(push.shop)).get(newest), { interval: 100 }).toBe('released');
    const became = await outcomes(push.shop);
    const released = builds.filter(({ id }) => became.get(id) === 'released');
    // The first did not wait for the others, and those between made room for the newest.
    expect(released.length).toBeGreaterThanOrEqual(2);
    expect(released.length).toBeLessThan(builds.length / 2);
    // However often it was told of: one candidate a commit, and one release each.
    expect(became.size).toBe(builds.length + 1);
    expect(await push.shop.releases()).toHaveLength(released.length + 1);
    for (const { id } of builds) expect(['released', 'newer_came', 'older_than_current']).toContain(became.get(id));
    const [last] = await push.shop.releases();
    expect(last?.images.main?.reference).toBe(`${push.repository}@${digests.get(newest)}`);
    await send(push, late.event);
    await expect
      .poll(async () => (await outcomes(push.shop)).get(late.id), { interval: 100 })
      .toBe('older_than_current');
  });
});

it('what a worker had taken when it died is done by another one, once', async () => {
  const push = await pipes();
  const build = newBuild();
  const { deliveries, candidates, processing } = test.composition.pipelinesFeature.work;
  await work.stop();
  const digest = registry.push('shop/web', build.sha);
  await notify(push, pushEnvelopes({ digest, tag: build.sha }).at(-1));
  await send(push, build.event);
  // A worker takes both and dies. Another one gets them when the claims have run out, and not before.
  expect(await deliveries.claim(50)).toHaveLength(2);
  expect(await deliveries.claim(50)).toEqual([]);
  await test.database.pool.query(
    "UPDATE hook_delivery SET claimed_until = now() - interval '1 second' WHERE claimed_until IS NOT NULL",
  );
  const again = await deliveries.claim(50);
  expect(again).toHaveLength(2);
  for (const delivery of again) await processing.process(delivery);
  expect(await test.database.transaction((tx) => candidates.claimReady(tx))).toHaveLength(1);
  expect(await test.database.transaction((tx) => candidates.claimReady(tx))).toBeUndefined();
  work = startWork(test);
  await test.database.pool.query(
    "UPDATE candidate SET claimed_until = now() - interval '1 second' WHERE claimed_until IS NOT NULL",
  );
  expect(await outcome(push.shop)).toMatchObject({ state: 'released', commit: build.sha });
  expect(await push.shop.releases()).toHaveLength(2);
});

describe('trust', () => {
  async function pushOf(push: Pipes, build: ReturnType<typeof newBuild>): Promise<Body> {
    const digest = registry.push('shop/web', build.sha, {});
    await notify(push, pushEnvelopes({ digest, tag: build.sha }).at(-1));
    await send(push, build.event);
    return outcome(push.shop);
  }

  it('production takes a protected branch, as GitLab itself says', async () => {
    const push = await pipes({ tier: 'production' });
    gitlab.branches.set('22/main', false);
    expect(await pushOf(push, newBuild())).toMatchObject({ state: 'refused', code: 'ref_not_protected' });
    gitlab.branches.set('22/main', true);
    expect(await pushOf(push, newBuild())).toMatchObject({ state: 'released' });
  });

  it('production takes nothing by the word of an event alone', async () => {
    const push = await pipes({ tier: 'production', token: false });
    expect(await pushOf(push, newBuild())).toMatchObject({ state: 'refused', code: 'ref_not_confirmed' });
    expect(await push.shop.releases()).toHaveLength(1);
  });

  it('S42 an event that says other than GitLab deploys nothing', async () => {
    const push = await pipes();
    const build = newBuild();
    gitlab.pipelines.set(`22/${build.id}`, {
      sha: build.sha,
      ref: 'main',
      source: 'merge_request_event',
      status: 'success',
    });
    expect(await pushOf(push, build)).toMatchObject({ state: 'refused', code: 'build_not_confirmed' });
  });

  it('a digest that the registry does not have deploys nothing', async () => {
    const push = await pipes();
    const build = newBuild();
    await notify(push, pushEnvelopes({ digest: `sha256:${'e'.repeat(64)}`, tag: build.sha }).at(-1));
    await send(push, build.event);
    expect(await outcome(push.shop)).toMatchObject({ state: 'refused', code: 'image_not_found' });
  });

  it('a registry that is away leaves a digest that an event named, marked', async () => {
    const push = await pipes();
    const build = newBuild();
    const digest = registry.push('shop/web', build.sha);
    registry.failWith(503);
    await notify(push, pushEnvelopes({ digest, tag: build.sha }).at(-1));
    await send(push, build.event);
    expect(await outcome(push.shop)).toMatchObject({ state: 'released', confirmed: false });
    registry.failWith(undefined);
  });
});

describe('connections (createPipelineConnection, listPipelineConnections) and triggers (listDeployTriggers)', () => {
  let push: Pipes;
  beforeAll(async () => {
    push = await pipes();
  });

  it('say how the other side answers', async () => {
    const { items } = (await push.shop.call('GET', `/pipeline-connections?project=${push.shop.project}`)) as {
      items: Body[];
    };
    const [registryConnection, gitlabConnection] = items;
    expect(JSON.stringify(items)).not.toMatch(/glpat-test|registry-test/);
    const tried = async (id: unknown) =>
      (await owner.request({ method: 'POST', url: `/pipeline-connections/${id}/test` })).body;
    expect(await tried(gitlabConnection?.id)).toEqual({ ok: true, detail: expect.stringContaining('GitLab 18.6.0') });
    expect(await tried(registryConnection?.id)).toMatchObject({ ok: true });
    await owner.request({
      method: 'PATCH',
      url: `/pipeline-connections/${gitlabConnection?.id}`,
      payload: { secret: 'wrong' },
    });
    expect(await tried(gitlabConnection?.id)).toMatchObject({ ok: false, detail: expect.stringContaining('401') });
    await owner.request({
      method: 'PATCH',
      url: `/pipeline-connections/${gitlabConnection?.id}`,
      payload: { secret: 'glpat-test' },
    });
  });

  it('stay while something uses them', async () => {
    const gone = await owner.request({ method: 'DELETE', url: `/pipeline-connections/${push.connectionId}` });
    expect(gone).toMatchObject({ status: 409, body: { code: 'connection_in_use' } });
  });

  it.each([
    [{ requires: 'build_and_image', connectionId: undefined }, 'trigger_incomplete', '/connectionId'],
    [{ requires: 'build_and_image', gitlabProjectId: undefined }, 'trigger_incomplete', '/gitlabProjectId'],
    [{ tags: { kind: 'regex', value: '(' } }, 'tag_rule_invalid', '/tags/value'],
    [{ repository: 'registry.example.com' }, 'invalid_input', '/repository'],
    [{ environmentId: 'env_01h455vb4pex5vsknk084sn02q' }, 'not_found', undefined],
  ])('a trigger with %o is refused: %s', async (change, code, pointer) => {
    const payload = {
      applicationId: push.shop.applicationId,
      environmentId: push.shop.environmentId,
      repository: push.repository,
      requires: 'image',
      connectionId: push.connectionId,
      gitlabProjectId: 22,
      ...change,
    };
    const { body } = await owner.request({ method: 'POST', url: '/deploy-triggers', payload });
    expect([body.code, (body.errors as { pointer: string }[] | undefined)?.[0]?.pointer]).toEqual([code, pointer]);
  });

  it('a trigger that changes forgets what waits', async () => {
    const build = newBuild();
    await send(push, build.event);
    expect(await push.shop.candidates()).toMatchObject([{ state: 'waiting' }]);
    const { items } = (await push.shop.call('GET', `/deploy-triggers?application=${push.shop.applicationId}`)) as {
      items: Body[];
    };
    const { id, repository } = items[0] ?? {};
    const payload = { repository, requires: 'image', tags: { kind: 'semver' } };
    expect((await owner.request({ method: 'PUT', url: `/deploy-triggers/${id}`, payload })).body).toMatchObject({
      requires: 'image',
    });
    expect(await push.shop.candidates()).toMatchObject([{ state: 'superseded', code: 'trigger_changed' }]);
    expect((await owner.request({ method: 'DELETE', url: `/deploy-triggers/${id}` })).status).toBe(204);
  });
});

describe('a deployment by hand asks the registry of the project’s connection', () => {
  const release = (shop: Shop, tag: string) =>
    shop.call('POST', '/releases', {
      applicationId: shop.applicationId,
      environmentId: shop.environmentId,
      images: { main: `${registry.host}/shop/web:${tag}` },
    });
  const delivery = (shop: Shop, pin: string, revision: number) =>
    shop.call('PUT', `/environments/${shop.environmentId}/delivery`, { strategies: [], pin, revision });

  it('what its tag names, and puts out that digest in the stored bytes', async () => {
    const { shop } = await pipes();
    const digest = registry.push('shop/web', 'by-hand');
    const made = await release(shop, 'by-hand');
    const reference = `${registry.host}/shop/web@${digest}`;
    expect(made.images).toEqual({ main: { reference, pinned: true, tag: 'by-hand' } });
    const { items } = await shop.call('GET', `/releases/${made.id}/objects`);
    const manifests = (items as { manifest: string }[]).map(({ manifest }) => manifest).join();
    expect(manifests).toContain(reference);
    expect(manifests).not.toContain('web:by-hand');
  });

  it('and waits for it where only digests go out: planned when it answers, refused after 30 minutes', async () => {
    const { shop } = await pipes();
    const { waitingPlans, releaseMachine } = test.composition;
    expect(await delivery(shop, 'required', 0)).toMatchObject({ pin: 'required' });
    registry.failWith(503);
    const waiting = await release(shop, 'late');
    expect(waiting).toMatchObject({ state: 'planning', waits: [{ for: 'registry' }] });
    await waitingPlans.resolve(String(waiting.id));
    expect(await shop.call('GET', `/releases/${waiting.id}`)).toMatchObject({ state: 'planning' });
    registry.failWith(undefined);
    const digest = registry.push('shop/web', 'late');
    await waitingPlans.resolve(String(waiting.id));
    const reference = `${registry.host}/shop/web@${digest}`;
    const planned = await shop.call('GET', `/releases/${waiting.id}`);
    expect(planned).toMatchObject({ state: 'rolling', images: { main: { reference, pinned: true, tag: 'late' } } });
    expect(planned.contentSha256).not.toBe(waiting.contentSha256);
    const { items } = await shop.call('GET', `/releases/${waiting.id}/objects`);
    expect((items as { manifest: string }[]).map(({ manifest }) => manifest).join()).toContain(reference);

    await shop.finish('succeeded');
    registry.failWith(503);
    const never = await release(shop, 'never');
    const id = String(never.id);
    await test.database.pool.query(
      "UPDATE release SET created_at = now() - interval '30 minutes' WHERE state = 'planning'",
    );
    await releaseMachine.advance(id);
    registry.failWith(undefined);
    expect(await shop.call('GET', `/releases/${id}`)).toMatchObject({
      state: 'refused',
      endedReason: 'image_unresolved',
      targets: [{ state: 'cancelled' }],
    });
  });
});
