import { type FaultProxy, refuse, stopAfter, waitFor } from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import type { SignedInClient } from '../../testing/test-app.ts';
import {
  type Asked,
  configMap,
  isWrite,
  type Left,
  outcomes,
  type Release,
  slugs,
  startTwoClusters,
  type TwoClusters,
} from './two-clusters.fixture.ts';

let two: TwoClusters;
let proxies: FaultProxy[];
let owner: SignedInClient;

beforeAll(async () => {
  two = await startTwoClusters();
  ({ proxies, owner } = two);
});
afterEach(async () => {
  await Promise.all(proxies.map((proxy) => proxy.heal()));
});
afterAll(() => two.close());

const application: TwoClusters['application'] = () => two.application();
const show: TwoClusters['show'] = (id) => two.show(id);
const endOf: TwoClusters['endOf'] = (release) => two.endOf(release);
const patches: TwoClusters['patches'] = (index, name) => two.patches(index, name);
const versions: TwoClusters['versions'] = (slug) => two.versions(slug);

const web = (slug: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `${slug}-web` },
  spec: {
    selector: { matchLabels: { app: slug } },
    template: {
      metadata: { labels: { app: slug } },
      spec: { containers: [{ name: 'app', image: 'registry.example.com/web:1' }] },
    },
  },
});

describe('two workers before two clusters', () => {
  it('write each object once', async () => {
    const { slug, deploy } = await application();
    expect((await endOf(await deploy('one'))).state).toBe('succeeded');
    expect([0, 1].map((index) => ['a', 'b'].map((part) => patches(index, `${slug}-${part}`)))).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('go on where an API server died between two objects, when it is back', async () => {
    const { slug, deploy } = await application();
    const [alpha] = proxies;
    let died = false;
    // From the second object on nothing is heard of it.
    alpha?.answers.answer(stopAfter(0, 'cut'), (asked) => {
      died ||= isWrite(asked, `/${slug}-b`);
      return died;
    });
    const release = await deploy('one');
    await expect.poll(() => died).toBe(true);
    await alpha?.heal();
    expect(outcomes(await endOf(release))).toEqual({ alpha: 'healthy', beta: 'healthy' });
    expect(await versions(slug)).toEqual(['one', 'one']);
    expect([patches(0, `${slug}-a`), patches(1, `${slug}-a`)]).toEqual([1, 1]);
  });

  it('find out what became of a write whose answer was lost', async () => {
    const { slug, deploy } = await application();
    proxies[0]?.answers.answer(stopAfter(0, 'cut'), (asked) => isWrite(asked, '-a'), 1);
    expect((await endOf(await deploy('one'))).state).toBe('succeeded');
    const [cluster] = two.clusters;
    const { metadata } = (await cluster.request('GET', `/api/v1/namespaces/shop/configmaps/${slug}-a`)) as {
      metadata: { managedFields: { manager: string; operation: string }[] };
    };
    expect(metadata.managedFields.filter(({ operation }) => operation === 'Apply')).toHaveLength(1);
    // It is looked at before it is written again: whoever writes first may write over what came after.
    const steps = (proxies[0]?.answers.asked ?? []).flatMap(({ method, path, query }) =>
      path.endsWith(`/${slug}-a`) && !query.has('dryRun') ? [method] : [],
    );
    const written = steps.indexOf('PATCH');
    expect(written).toBeGreaterThan(0);
    expect(steps.slice(written, written + 2)).toEqual(['PATCH', 'GET']);
  });

  it.each([
    ['credential_rejected', 401, { reason: 'Unauthorized', message: 'Unauthorized' }, 'credential'],
    [
      'namespace_terminating',
      403,
      {
        reason: 'Forbidden',
        message:
          'configmaps "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
      },
      'being terminated',
    ],
    [
      'quota_exceeded',
      403,
      {
        reason: 'Forbidden',
        message:
          'configmaps "x" is forbidden: exceeded quota: small, requested: count/configmaps=1, used: 9, limited: 9',
      },
      'used: 9, limited: 9',
    ],
    [
      'kind_unknown',
      404,
      { reason: 'NotFound', message: 'the server could not find the requested resource' },
      'does not know this kind',
    ],
  ] as const)('name %s of one cluster, in its own words, and serve the other', async (code, status, fields, words) => {
    const { deploy } = await application();
    proxies[0]?.answers.answer(refuse(status, fields), (asked) => isWrite(asked));
    const release = await endOf(await deploy('one'));
    expect(outcomes(release)).toEqual({ alpha: code, beta: 'healthy' });
    const alpha = release.targets.find(({ cluster }) => cluster === 'alpha');
    expect(alpha?.verdict?.summary).toContain(words);
    // Where nothing can be written at all it follows later; what this release did wrong is a failure.
    expect(alpha?.state).toBe(code === 'credential_rejected' ? 'deferred' : 'failed');
  });

  it.each([
    ['a credential that is refused', refuse(401, { reason: 'Unauthorized', message: 'Unauthorized' })],
    ['an API server that cannot answer', refuse(503, { reason: 'ServiceUnavailable', message: 'not now' })],
  ])('go on after %s for a moment, in the namespace and while they watch', async (_, refusal) => {
    const { slug, put } = await application();
    const answers = proxies[0]?.answers;
    let namespace = 0;
    let watching = 0;
    answers?.answer(refusal, ({ path }) => path.includes('/shop/rolebindings/') && ++namespace > 0, 10);
    answers?.answer(refusal, ({ path }) => path.endsWith('/namespaces/shop/deployments') && ++watching > 0, 2);
    expect(outcomes(await endOf(await put([web(slug)])))).toEqual({ alpha: 'healthy', beta: 'healthy' });
    expect([namespace >= 10, watching >= 2]).toEqual([true, true]);
  });

  it('wait for an admission webhook that is down for a moment', async () => {
    const { slug, deploy } = await application();
    const down = refuse(500, {
      reason: 'InternalError',
      message: 'Internal error occurred: failed calling webhook "policy.example.com": connection refused',
    });
    proxies[0]?.answers.answer(down, (asked) => isWrite(asked, '-a'), 2);
    expect((await endOf(await deploy('one'))).state).toBe('succeeded');
    expect(patches(0, `${slug}-a`)).toBe(3);
  });

  it('fail where it stays down, with its name, and go on when somebody tries again', async () => {
    const { deploy } = await application();
    const down = refuse(500, {
      reason: 'InternalError',
      message: 'Internal error occurred: failed calling webhook "policy.example.com": no endpoints available',
    });
    proxies[0]?.answers.answer(down, (asked) => isWrite(asked, '-b'));
    const failed = await endOf(await deploy('one'));
    expect(outcomes(failed)).toEqual({ alpha: 'admission_unavailable', beta: 'healthy' });
    const alpha = failed.targets.find(({ cluster }) => cluster === 'alpha');
    expect(alpha?.verdict?.summary).toContain('policy.example.com');
    await proxies[0]?.heal();
    await owner.request({ method: 'POST', url: `/releases/${failed.id}/targets/${alpha?.targetId}/retry` });
    expect(outcomes(await endOf(failed))).toEqual({ alpha: 'healthy', beta: 'healthy' });
  });

  it('stand still over a rollback that fails, with both evidences', async () => {
    const { deploy } = await application();
    const first = await endOf(await deploy('one'));
    await endOf(await deploy('two'));
    proxies[0]?.answers.answer(
      refuse(422, { reason: 'Invalid', message: 'data: Forbidden: field is immutable when `immutable` is set' }),
      (asked) => isWrite(asked),
    );
    const back = await owner.request({ method: 'POST', url: `/releases/${first.id}/rollback`, payload: {} });
    const ended = await endOf(back.body as unknown as Release);
    expect([ended.state, outcomes(ended).alpha]).toEqual(['paused', 'immutable_field']);
  });
});

describe('what was taken away while it runs', () => {
  it('a template: what it made goes back and out again, and nothing new comes of it', async () => {
    const { slug, id } = await application();
    const files = {
      'template.yaml': `name: ${slug}\nversion: 1.0.0\n`,
      'schema.json': JSON.stringify({
        type: 'object',
        additionalProperties: false,
        properties: { text: { type: 'string', maxLength: 20, default: 'none' } },
      }),
      'manifests/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${slug}-b }\ndata: { text: "\${params.text}" }\n`,
    };
    const call = async (url: string, payload: object) => owner.request({ method: 'POST', url, payload });
    const { body: draft } = await call('/templates', { files });
    const published = await call(`/template-versions/${draft.id}/publish`, { sha256: draft.sha256 });
    expect(published.status, JSON.stringify(published.body)).toBeLessThan(300);
    const release = (text: string) =>
      call('/releases', {
        ...{ applicationId: id, environmentId: two.environmentId, templateVersionId: draft.id, images: {} },
        parameters: { text },
      });
    const ended = async ({ status, body }: Awaited<ReturnType<typeof release>>) => {
      expect(status, JSON.stringify(body)).toBe(202);
      return endOf(body as unknown as Release);
    };
    const first = await ended(await release('one'));
    await ended(await release('two'));
    expect(await versions(slug)).toEqual(['two', 'two']);
    expect((await call(`/template-versions/${draft.id}/withdraw`, { reason: 'It leaks' })).status).toBeLessThan(300);

    expect(await release('three')).toMatchObject({ status: 409, body: { code: 'template_withdrawn' } });
    const back = await call(`/releases/${first.id}/rollback`, {});
    expect((await ended(back)).state).toBe('succeeded');
    expect(await versions(slug)).toEqual(['one', 'one']);
  });

  it('an application: it is not deleted before what it made is removed', async () => {
    const { slug, id, deploy } = await application();
    await endOf(await deploy('one'));
    const remove = () => owner.request({ method: 'DELETE', url: `/applications/${id}` });
    const refused = await remove();
    expect(refused).toMatchObject({ status: 409, body: { code: 'application_live' } });
    expect(refused.body.detail).toContain('Remove it from its environments first');
    expect(await versions(slug)).toEqual(['one', 'one']);
    const removal = await owner.request({
      method: 'POST',
      url: `/applications/${id}/environments/${two.environmentId}/remove`,
      payload: { confirm: slug, reason: 'not needed' },
    });
    expect((await endOf(removal.body as unknown as Release)).state).toBe('succeeded');
    await expect(versions(slug)).rejects.toThrow('404');
    expect((await remove()).status).toBe(204);
  });
});

describe('F17 each handler of a release, run a second time,', () => {
  let release: Release;
  let slug: string;
  const query = (sql: string) => two.test.database.pool.query(sql, [toUuid(release.id)]);

  beforeAll(async () => {
    const made = await two.application();
    slug = made.slug;
    const [kept, gone] = [configMap(`${slug}-b`, 'one'), configMap(`${slug}-gone`)];
    const over = async ({ id }: Release, state: string) =>
      waitFor(`release ${id}`, async () => (await show(id)).state === state, { everyMs: 50 });
    await over(await made.put([kept, web(slug), gone]), 'succeeded');
    release = await made.put([kept, web(slug)]);
    await over(release, 'succeeded');
  });

  /** What there is once it is over: in the clusters, in our books, and what else there could be of it. */
  async function everything(): Promise<unknown> {
    const objects = two.clusters.flatMap((cluster) =>
      [`/api/v1/namespaces/shop/configmaps/${slug}-b`, `/apis/apps/v1/namespaces/shop/deployments/${slug}-web`].map(
        async (path) => {
          const { metadata } = await cluster.request<{ metadata: { uid: string; generation?: number } }>('GET', path);
          return [metadata.uid, metadata.generation];
        },
      ),
    );
    const ofApplication =
      'SELECT id FROM release WHERE app_environment_id = (SELECT app_environment_id FROM release WHERE id = $1)';
    const books = [
      'SELECT state, ended_reason, rolled_back_by, paused_reason FROM release WHERE id = $1',
      'SELECT "index", state FROM wave WHERE release_id = $1 ORDER BY 1',
      'SELECT target_id, state, attempt, verdict, pruned, gate FROM target_run WHERE release_id = $1 ORDER BY 1',
      `SELECT run_id, seq, kind, state, uid FROM run_step
         WHERE run_id IN (SELECT id FROM target_run WHERE release_id = $1) ORDER BY 1, 2`,
      `SELECT o.target_id, o.kind, o.name, o.state, o.uid, o.release_id FROM target_object o
         JOIN target_run x ON x.target_id = o.target_id WHERE x.release_id = $1 ORDER BY 1, 2, 3`,
      `${ofApplication} ORDER BY 1`,
      `SELECT id FROM debt WHERE release_id IN (${ofApplication})`,
      `SELECT id FROM run_left l JOIN target_run x ON x.id = l.run_id WHERE x.release_id = $1`,
    ];
    return {
      objects: await Promise.all(objects),
      books: await Promise.all(books.map(async (sql) => (await query(sql)).rows)),
    };
  }
  const fences = async () =>
    (await query('SELECT sum(fence)::int AS n FROM target_run WHERE release_id = $1')).rows[0]?.n as number;
  const deletes = () =>
    proxies.flatMap(({ answers }) => answers.asked.filter(({ method }) => method === 'DELETE')).length;

  /** As the rows stood when the handler was about to run. */
  const steps =
    "UPDATE run_step SET state = 'waiting' WHERE run_id IN (SELECT id FROM target_run WHERE release_id = $1)";
  const runs = (state: string) => `UPDATE target_run SET state = '${state}', ended_at = NULL WHERE release_id = $1`;
  const leaving = `UPDATE target_object o SET state = 'pruning' FROM target_run x
    WHERE x.target_id = o.target_id AND x.release_id = $1 AND o.state = 'gone'`;
  const preflight = 'UPDATE target_run SET preflighted = false, admitted = false WHERE release_id = $1';

  it.each([
    ['release.preflight', false, [steps, runs('pending'), preflight], true],
    ['run.execute', true, [steps, runs('applying')], true],
    ['run.gate', true, [runs('gating')], true],
    ['run.prune', true, [runs('pruning'), leaving], true],
    ['release.advance', true, [], false],
  ] as const)('leaves what once leaves: %s', async (_handler, preflighted, rewinds, takesRuns) => {
    const before = await everything();
    const [taken, deleted] = [await fences(), deletes()];
    for (const sql of rewinds) await query(sql);
    await query("UPDATE wave SET state = 'running' WHERE release_id = $1");
    await query(
      `UPDATE release SET state = 'rolling', ended_at = NULL, preflighted = ${preflighted}, due_at = now() WHERE id = $1`,
    );
    two.test.database.pool.notify('quarterdeck_jobs', '{"queue":"run.execute"}');
    expect((await endOf(release)).state).toBe('succeeded');
    expect(await everything()).toEqual(before);
    expect(deletes()).toBe(deleted);
    if (takesRuns) expect(await fences()).toBeGreaterThan(taken);
  });
});

describe('what a release no longer has', () => {
  /** Names that one cluster was really asked to delete, in their order. */
  const deleted = (index: number, slug: string) =>
    (proxies[index]?.answers.asked ?? [])
      .filter(({ method, path }) => method === 'DELETE' && path.includes(`/${slug}-`))
      .map(({ path }) => path.slice(path.lastIndexOf(`/${slug}-`) + slug.length + 2));
  const leftOn = (release: Release, slug: string, index = 0) =>
    Object.fromEntries(
      (release.targets.find(({ cluster }) => cluster === slugs[index])?.left ?? []).map(({ name, why }) => [
        name.slice(slug.length + 1),
        why.join(),
      ]),
    );
  const confirm = (release: Release, objects: readonly Left[], change: object = {}, index = 0) => {
    const targetId = release.targets.find(({ cluster }) => cluster === slugs[index])?.targetId;
    const named = objects.map(({ group, kind, namespace, name }) => ({ group, kind, namespace, name }));
    return owner.request({
      method: 'POST',
      url: `/releases/${release.id}/confirm-prune`,
      payload: {
        confirm: slugOf(release),
        reason: 'nobody needs it',
        targets: [{ targetId, objects: named }],
        ...change,
      },
    });
  };
  const slugOf = (release: Release) => (release as unknown as { application: string }).application;
  const leftOf = (release: Release, index = 0) =>
    release.targets.find(({ cluster }) => cluster === slugs[index])?.left ?? [];
  const path = (slug: string, name: string) => `/api/v1/namespaces/shop/configmaps/${slug}-${name}`;
  const alpha = () => two.clusters[0];

  it('goes by the books, by uid and label, last made first, when all is healthy; what is guarded stays with its reason', async () => {
    const { slug, put } = await application();
    const name = (of: string) => `${slug}-${of}`;
    const stays = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((of) => configMap(name(of)));
    const goes = ['plain', 'marked', 'unlabelled', 'anew', 'byhand'].map((of) => configMap(name(of)));
    const labels = { matchLabels: { app: slug } };
    const others = [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: name('service') }, spec: { ports: [{ port: 80 }] } },
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: name('budget') },
        spec: { maxUnavailable: 1, selector: labels },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: name('claim') },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: name('data') },
        spec: {
          replicas: 0,
          serviceName: name('service'),
          selector: labels,
          template: {
            metadata: { labels: { app: slug } },
            spec: { containers: [{ name: 'app', image: 'registry.example.com/db:1' }] },
          },
        },
      },
    ];
    expect((await endOf(await put([...stays, ...goes, ...others]))).state).toBe('succeeded');
    await alpha().request('PATCH', path(slug, 'marked'), { metadata: { annotations: { 'quarterdeck.dev/keep': '' } } });
    await alpha().request('PATCH', path(slug, 'unlabelled'), {
      metadata: { labels: { 'quarterdeck.dev/application': 'another' } },
    });
    const { metadata } = (await alpha().request('GET', path(slug, 'anew'))) as { metadata: { labels: object } };
    for (const of of ['anew', 'byhand']) await alpha().request('DELETE', path(slug, of));
    const anew = { ...configMap(name('anew')), metadata: { name: name('anew'), labels: metadata.labels } };
    await alpha().request('POST', '/api/v1/namespaces/shop/configmaps', anew);

    // One target fails: then none takes anything away.
    proxies[1]?.answers.answer(refuse(422, { reason: 'Invalid', message: 'no' }), (asked) => isWrite(asked));
    const partial = await endOf(await put([...stays, configMap(name('new'))]));
    expect([partial.state, deleted(0, slug), leftOn(partial, slug)]).toEqual(['partial', [], {}]);
    await proxies[1]?.heal();

    const ended = await endOf(await put(stays));
    expect(ended.state).toBe('succeeded');
    expect(deleted(0, slug)).toEqual(['budget', 'service', 'plain', 'new']);
    expect(leftOn(ended, slug)).toEqual({
      claim: 'holds_data',
      data: 'holds_data',
      marked: 'keep',
      unlabelled: 'not_ours',
    });
    expect(leftOf(ended).filter(({ asks }) => asks)).toHaveLength(3);
    expect(leftOn(ended, slug, 1)).toEqual({ claim: 'holds_data', data: 'holds_data' });
    expect(await alpha().request('GET', path(slug, 'anew'))).toBeDefined();
  });

  it('is left where it is more than half of what is there, until somebody types the name (confirmPrune)', async () => {
    const { slug, put } = await application();
    const all = ['1', '2', '3'].map((of) => configMap(`${slug}-${of}`));
    await endOf(await put(all));
    const ended = await endOf(await put(all.slice(0, 1)));
    expect([ended.state, leftOn(ended, slug), deleted(0, slug)]).toEqual(['succeeded', { 2: 'most', 3: 'most' }, []]);
    const [second] = leftOf(ended) as [Left];

    expect(await confirm(ended, [second], { confirm: 'another' })).toMatchObject({
      status: 422,
      body: { code: 'confirmation_differs', errors: [{ pointer: '/confirm' }] },
    });
    expect(await confirm(ended, [second], { reason: '' })).toMatchObject({ status: 422 });
    expect(await confirm(ended, [{ ...second, name: `${slug}-1` }])).toMatchObject({
      status: 422,
      body: { code: 'object_not_left', errors: [{ pointer: '/targets/0/objects/0' }] },
    });
    expect(deleted(0, slug)).toEqual([]);

    expect(await confirm(ended, [second])).toMatchObject({ status: 200, body: { state: 'rolling' } });
    const once = await endOf(ended);
    expect([once.state, leftOn(once, slug), deleted(0, slug)]).toEqual(['succeeded', { 3: 'most' }, ['2']]);
    expect(leftOn(once, slug, 1)).toEqual({ 2: 'most', 3: 'most' });
    const trail = await owner.request({ method: 'GET', url: `/audit?action=releases:prune&target=${ended.id}` });
    expect(trail.body.items).toContainEqual(expect.objectContaining({ reason: 'nobody needs it' }));

    // Marked to stay after it was looked at: that is one more thing to confirm.
    await alpha().request('PATCH', path(slug, '3'), { metadata: { annotations: { 'quarterdeck.dev/keep': '' } } });
    expect((await confirm(once, leftOf(once))).status).toBe(200);
    const twice = await endOf(once);
    expect([leftOn(twice, slug), deleted(0, slug)]).toEqual([{ 3: 'keep,most' }, ['2']]);
    expect((await confirm(twice, leftOf(twice))).status).toBe(200);
    expect([leftOn(await endOf(twice), slug), deleted(0, slug)]).toEqual([{}, ['2', '3']]);
  });

  it('goes before its workload is written where it is an autoscaler, unless it is another’s or marked to stay', async () => {
    const { slug, put } = await application();
    const selector = { matchLabels: { app: slug } };
    const deployment = (replicas?: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `${slug}-web` },
      spec: {
        ...(replicas === undefined ? {} : { replicas }),
        selector,
        template: {
          metadata: { labels: { app: slug } },
          spec: { containers: [{ name: 'app', image: 'registry.example.com/web:1' }] },
        },
      },
    });
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: `${slug}-scaler` },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${slug}-web` },
        minReplicas: 2,
        maxReplicas: 3,
      },
    };
    const stays = ['1', '2'].map((of) => configMap(`${slug}-${of}`));
    expect((await endOf(await put([...stays, deployment(), scaler]))).state).toBe('succeeded');
    const [, beta] = two.clusters;
    const scalers = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
    await beta.request('PATCH', `${scalers}/${slug}-scaler`, {
      metadata: { annotations: { 'quarterdeck.dev/keep': '' } },
    });
    const ended = await endOf(await put([...stays, deployment(2)]));
    expect([ended.state, leftOn(ended, slug), leftOn(ended, slug, 1)]).toEqual(['succeeded', {}, { scaler: 'keep' }]);
    const of = (index: number) =>
      (proxies[index]?.answers.asked ?? []).flatMap(({ method, path: at, query }) =>
        at.endsWith(`/${slug}-scaler`) && method === 'DELETE'
          ? ['scaler deleted']
          : at.endsWith(`/${slug}-web`) && method === 'PATCH' && !query.has('dryRun')
            ? ['workload written']
            : [],
      );
    expect(of(0).slice(-2)).toEqual(['scaler deleted', 'workload written']);
    expect(of(1)).not.toContain('scaler deleted');
    const { spec } = (await beta.request('GET', `/apis/apps/v1/namespaces/shop/deployments/${slug}-web`)) as {
      spec: { replicas: number };
    };
    expect(spec.replicas).toBe(2);
  });

  it('is for the newest release alone to ask', async () => {
    const { slug, put } = await application();
    const all = ['1', '2', '3'].map((of) => configMap(`${slug}-${of}`));
    await endOf(await put(all));
    const older = await endOf(await put(all.slice(0, 1)));
    const newer = await endOf(await put(all.slice(0, 2)));
    expect(leftOf(await show(older.id)).map(({ asks }) => asks)).toEqual([false, false]);
    expect(await confirm(older, leftOf(older))).toMatchObject({ status: 409, body: { code: 'release_superseded' } });
    expect(leftOn(newer, slug)).toEqual({});
    expect(deleted(0, slug)).toEqual(['3']);
  });

  it('stays with the cluster’s words where that refuses or is away, and goes when somebody asks again', async () => {
    const { slug, put } = await application();
    const all = ['1', '2', '3', '4', '5', '6'].map((of) => configMap(`${slug}-${of}`));
    await endOf(await put(all));
    const isDelete = (end: string) => (asked: Asked) => asked.method === 'DELETE' && asked.path.endsWith(`-${end}`);
    const no = refuse(403, { reason: 'Forbidden', message: 'admission webhook "keep.example.com" denied the request' });
    proxies[0]?.answers.answer(no, isDelete('6'));
    proxies[0]?.answers.answer(stopAfter(0, 'cut'), isDelete('5'));
    const ended = await endOf(await put(all.slice(0, 3)));
    expect([ended.state, leftOn(ended, slug)]).toEqual(['succeeded', { 4: 'not_tried', 5: 'not_tried', 6: 'refused' }]);
    expect(leftOf(ended).find(({ why }) => why[0] === 'refused')?.detail).toContain('keep.example.com');
    await proxies[0]?.heal();
    expect((await confirm(ended, leftOf(ended))).status).toBe(200);
    const after = await endOf(ended);
    expect([after.state, leftOn(after, slug)]).toEqual(['succeeded', {}]);
    await expect(alpha().request('GET', path(slug, '6'))).rejects.toThrow('404');
  });
});
