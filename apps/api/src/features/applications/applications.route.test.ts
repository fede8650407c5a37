import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, type Person, principalOf } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
/** May write in the project shop alone. */
let developer: Person;
const ids = new Map<string, string>();

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
  await post('/clusters', { slug: 'alpha', access, acceptUnverified: true });
  developer = await addPerson(test, 'dev');
  for (const project of ['shop', 'bank']) {
    const projectId = await post('/projects', { slug: project });
    const environments = [];
    for (const [name, tier] of [
      ['staging', 'staging'],
      ['prod', 'production'],
    ]) {
      const rules = [{ selector: { cluster: 'alpha' }, namespace: `${project}-${name}` }];
      environments.push({ environmentId: await post(`/projects/${projectId}/environments`, { name, tier, rules }) });
    }
    if (project === 'shop') await addGrant(test, developer, 'project-admin', { kind: 'project', id: projectId });
    for (const slug of project === 'shop' ? ['cart', 'web', 'search'] : ['ledger', 'rates'])
      ids.set(`${project}/${slug}`, await post('/applications', { projectId, slug, environments }));
  }
});
afterAll(() => test.close());

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body.id);
}

const url = (name: string) => `/applications/${ids.get(name)}/dependencies`;
const add = (who: SignedInClient, name: string, application: string) =>
  who.request({ method: 'POST', url: url(name), payload: { application } });
const remove = (who: SignedInClient, name: string, needs: string) =>
  who.request({ method: 'DELETE', url: `${url(name)}/${ids.get(needs)}` });
const read = async (who: SignedInClient, name: string) => (await who.request({ url: url(name) })).body;

/** As if the newest release of an application had failed on every target. */
async function failEverywhere(name: string, summary: string): Promise<void> {
  const { pool } = test.database;
  await pool.query(
    `WITH made AS (
       INSERT INTO release (id, app_environment_id, number, kind, state, images, parameters, content_sha256, strategy, created_by_id, created_by, dedupe_key)
       SELECT gen_random_uuid(), ae.id, 1, 'deploy', 'failed', '{}', '{}', '', '{}', '', 'test', gen_random_uuid()::text FROM app_environment ae
       WHERE ae.application_id = $1 RETURNING id, app_environment_id)
     INSERT INTO target_run (id, release_id, target_id, cluster_id, namespace, wave, state, verdict, started_at)
     SELECT gen_random_uuid(), made.id, t.id, t.cluster_id, t.namespace, 0, 'failed', $2, now() FROM made JOIN target t ON t.app_environment_id = made.app_environment_id`,
    [await uuidOf(name), JSON.stringify({ code: 'crash_loop', summary, evidence: [] })],
  );
}

async function uuidOf(name: string): Promise<string> {
  const [project, slug] = name.split('/');
  const { rows } = await test.database.pool.query<{ id: string }>(
    'SELECT a.id FROM applications_application a JOIN access_project p ON p.id = a.project_id WHERE p.slug = $1 AND a.slug = $2',
    [project, slug],
  );
  return rows[0]?.id ?? '';
}

describe('what an application needs (getDependencies, addDependency, removeDependency)', () => {
  it('is declared by who may write it, and told from both sides with the health beside each environment', async () => {
    await failEverywhere('shop/search', 'web exits with 1.');
    const declared = await add(developer, 'shop/cart', 'shop/search');
    expect(declared).toMatchObject({ status: 200, body: { needs: [{ application: 'search' }], hiddenNeeds: 0 } });
    expect(declared.body).toEqual((await add(developer, 'shop/cart', 'shop/search')).body);
    const [need] = (await read(developer, 'shop/cart')).needs as { environments: object[] }[];
    expect(need).toMatchObject({
      project: 'shop',
      application: 'search',
      environments: [
        { environment: 'staging', theirs: 'staging', health: 'failed', targetCount: 1, healthyCount: 0 },
        { environment: 'prod', health: 'failed', clusters: ['alpha'], reason: 'web exits with 1.' },
      ],
    });
    expect(await read(developer, 'shop/search')).toMatchObject({
      needs: [],
      neededBy: [{ application: 'cart', environments: [{ health: 'not_deployed' }, { health: 'not_deployed' }] }],
      neededByCount: 1,
    });
    const { rows } = await test.database.pool.query(
      `SELECT record #>> '{changes,0,after}' AS after FROM audit_event WHERE record #>> '{changes,0,path}' = 'needs'`,
    );
    expect(rows).toContainEqual({ after: ids.get('shop/search') });
  });

  it('is warned of before a release, with the reason', async () => {
    const { unwell } = test.composition.dependencies;
    const [environment] = (await owner.request({ url: `/applications/${ids.get('shop/cart')}` })).body.environments as {
      environmentId: string;
    }[];
    const found = await unwell(principalOf(developer), ids.get('shop/cart') ?? '', environment?.environmentId ?? '');
    expect(found).toMatchObject([{ application: 'search', health: 'failed', reason: 'web exits with 1.' }]);
  });

  it('closes no circle, and the refusal names the way round', async () => {
    await add(developer, 'shop/search', 'shop/web');
    expect(await add(developer, 'shop/web', 'shop/cart')).toMatchObject({
      status: 409,
      body: {
        code: 'dependency_cycle',
        detail:
          'shop/web would need itself: shop/web needs shop/cart needs shop/search needs shop/web. Take one of these away first.',
        errors: [{ pointer: '/application' }],
      },
    });
    expect(await add(developer, 'shop/web', 'shop/web')).toMatchObject({
      status: 409,
      body: { code: 'dependency_cycle', detail: 'An application does not need itself. Name another one.' },
    });
  });

  it('closes no circle either when two who would close it together ask at once', async () => {
    const both = await Promise.all([add(owner, 'bank/ledger', 'bank/rates'), add(owner, 'bank/rates', 'bank/ledger')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    for (const [name, needs] of [
      ['bank/ledger', 'bank/rates'],
      ['bank/rates', 'bank/ledger'],
    ] as const)
      await remove(owner, name, needs);
  });

  it('S21 is only what its author may see: an application of strangers is refused like one that there is not', async () => {
    const [stranger, nobody] = [
      await add(developer, 'shop/web', 'bank/ledger'),
      await add(developer, 'shop/web', 'bank/none'),
    ];
    expect(stranger).toMatchObject({
      status: 422,
      body: { code: 'unknown_application', errors: [{ pointer: '/application' }] },
    });
    expect(stranger.body.detail?.toString().replace('ledger', 'none')).toBe(nobody.body.detail);
    expect(await add(developer, 'shop/web', 'a b')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/application' }] },
    });
    expect((await add(developer, 'bank/rates', 'shop/web')).status).toBe(404);
  });

  it('S21 tells who may not see it neither name nor health, and names no stranger in a circle', async () => {
    await failEverywhere('bank/ledger', 'the vault is sealed');
    expect((await add(owner, 'shop/web', 'bank/ledger')).status).toBe(200);
    const seen = await read(developer, 'shop/web');
    expect(seen).toMatchObject({ needs: [], hiddenNeeds: 1 });
    expect(JSON.stringify(seen)).not.toMatch(/ledger|bank|vault/);
    const unwell = await test.composition.dependencies.unwell(
      principalOf(developer),
      ids.get('shop/web') ?? '',
      String(
        (
          (await owner.request({ url: `/applications/${ids.get('shop/web')}` })).body.environments as {
            environmentId: string;
          }[]
        )[0]?.environmentId,
      ),
    );
    expect(unwell).toEqual([]);
    expect(await read(owner, 'shop/web')).toMatchObject({ needs: [{ application: 'ledger' }], hiddenNeeds: 0 });
    await remove(developer, 'shop/search', 'shop/web');
    await add(owner, 'bank/ledger', 'bank/rates');
    await add(owner, 'bank/rates', 'shop/search');
    const circle = await add(developer, 'shop/search', 'shop/web');
    expect(circle).toMatchObject({
      status: 409,
      body: {
        detail:
          'shop/search would need itself: shop/search needs shop/web needs one that you may not see needs one that you may not see needs shop/search. Take one of these away first.',
      },
    });
    expect(JSON.stringify(circle.body)).not.toMatch(/ledger|bank|rates/);
  });

  it('is not deleted from under those that need it, and they are named as far as one may see them', async () => {
    const erase = (who: SignedInClient, name: string) =>
      who.request({ method: 'DELETE', url: `/applications/${ids.get(name)}` });
    expect(await erase(developer, 'shop/search')).toMatchObject({
      status: 409,
      body: {
        code: 'application_needed',
        detail:
          'shop/search is needed by shop/cart, 1 that you may not see. First have it taken away from what they need by who owns them, then delete it.',
      },
    });
    expect((await erase(owner, 'shop/search')).body.detail).toContain('bank/rates, shop/cart');
    expect((await remove(developer, 'shop/cart', 'shop/search')).body).toMatchObject({ needs: [] });
    await remove(owner, 'bank/rates', 'shop/search');
    expect((await erase(developer, 'shop/search')).status).toBe(204);
    expect(await read(developer, 'shop/web')).toMatchObject({ neededBy: [], hiddenNeededBy: 0 });
  });
});

describe('the list (listApplications)', () => {
  const list = async (query: string) => {
    const { status, body } = await owner.request({ url: `/applications?${query}` });
    expect(status, JSON.stringify(body)).toBe(200);
    return body as { items: Listed[]; nextCursor?: string; total: number };
  };
  type Listed = { slug: string; environments: { name: string; targets: { cluster: string; state: string }[] }[] };
  const slugs = ({ items }: { items: Listed[] }) => items.map(({ slug }) => slug);

  it('shows those that fail first, over its pages, and narrows by project, environment and cluster', async () => {
    expect(slugs(await list('sort=trouble'))).toEqual(['ledger', 'cart', 'rates', 'web']);
    const first = await list('sort=trouble&limit=2');
    expect([slugs(first), first.total]).toEqual([['ledger', 'cart'], 4]);
    expect(slugs(await list(`sort=trouble&limit=2&cursor=${first.nextCursor}`))).toEqual(['rates', 'web']);
    expect(slugs(await list('project=bank,none'))).toEqual(['ledger', 'rates']);
    expect(slugs(await list('env=prod&clusters=alpha&q=WE'))).toEqual(['web']);
    expect((await list('clusters=beta')).total).toBe(0);
    expect((await list('env=none&clusters=alpha')).total).toBe(0);
    const other = await owner.request({ url: `/applications?sort=name&cursor=${first.nextCursor}` });
    expect([other.status, other.body.code]).toEqual([422, 'invalid_cursor']);
  });

  it('tells that a target leaves as soon as no rule gives it, and one that comes at once', async () => {
    const ledger = async () =>
      (await list('slug=ledger')).items[0]?.environments
        .find(({ name }) => name === 'prod')
        ?.targets.map(({ cluster, state }) => `${cluster} ${state}`);
    expect(await ledger()).toEqual(['alpha active']);
    const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
    await post('/clusters', { slug: 'beta', access, acceptUnverified: true });
    const { body } = await owner.request({ url: '/projects' });
    const bank = (body.items as { id: string; slug: string }[]).find(({ slug }) => slug === 'bank')?.id;
    const { body: found } = await owner.request({ url: `/projects/${bank}/environments` });
    const prod = (found.items as { id: string; name: string; revision: number }[]).find(({ name }) => name === 'prod');
    const rules = [{ selector: { cluster: 'beta' }, namespace: 'bank-prod' }];
    const payload = { tier: 'production', rules, revision: prod?.revision };
    await owner.request({ method: 'PUT', url: `/projects/${bank}/environments/${prod?.id}`, payload });
    expect(await ledger()).toEqual(['alpha leaving', 'beta active']);
    // Nothing was ever put out of rates: there is nothing to leave.
    const rates = (await list('slug=rates')).items[0]?.environments.find(({ name }) => name === 'prod');
    expect(rates?.targets.map(({ cluster }) => cluster)).toEqual(['beta']);
  });
});
