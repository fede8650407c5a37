import { allEndpoints } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, clientOf, createTestApp, type SignedInClient, type TestApp } from '../testing/test-app.ts';
import { requestOf } from './ask.fixture.ts';
import type { Ownership } from './expected.fixture.ts';
import { placedEndpoints } from './places.fixture.ts';
import { createSubjects } from './subjects.fixture.ts';
import { createWorld, type Ids, silentPort } from './world.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let world: Record<Ownership, Ids>;
/** Administers the own project and nothing else. */
let tenant: Pick<SignedInClient, 'request'>;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] });
  owner = await claimAsOwner(test);
  world = await createWorld(test, owner);
  const [subject] = await createSubjects(test, owner, world.own, ['project-admin-project']);
  if (subject === undefined) throw new Error('no project admin');
  tenant = subject.client;
});
afterAll(() => test.close());

const denials = async () =>
  (await test.database.pool.query("SELECT id FROM audit_event WHERE outcome = 'denied'")).rows.length;

describe('one address', () => {
  it('S18 answers each person with their own, and nobody with anything', async () => {
    const ask = (client: Pick<SignedInClient, 'request'>) => client.request({ method: 'GET', url: '/me' });
    const first = await ask(owner);
    const second = await ask(tenant);
    expect([first.body.user, second.body.user]).toMatchObject([{ name: 'owner' }, { name: 'project-admin-project' }]);
    expect((await ask(clientOf(test.app))).status).toBe(401);
    expect(first.headers['cache-control']).toBe('no-store');
  });
});

describe('an object of another tenant', () => {
  it.each(
    allEndpoints
      .filter(
        ({ path, name }) =>
          /:\w/.test(path) && ['project', 'environment', 'cluster'].includes(placedEndpoints[name]?.place ?? ''),
      )
      .map((endpoint) => [endpoint.name, endpoint] as const),
  )('S21 is answered by %s as one that does not exist', async (name, endpoint) => {
    const placed = placedEndpoints[name];
    if (placed === undefined) throw new Error(`${name} has no place`);
    const ask = (ids: Ids) => tenant.request(requestOf(endpoint, placed, ids, world.own));
    const [foreign, unknown] = [await ask(world.foreign), await ask(world.none)];
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  });
});

describe('a request about one place with the words of another', () => {
  it('S22 is refused where the body names a foreign project, environment or scope', async () => {
    const before = await denials();
    const { own, foreign } = world;
    const robot = { name: 'stolen-robot', projectId: foreign.prj };
    const application = { projectId: foreign.prj, slug: 'stolen', environments: [{ environmentId: own.env }] };
    const grant = {
      subject: { kind: 'user', id: own.usr },
      roleId: 'viewer',
      scope: { kind: 'project', id: foreign.prj },
    };
    const wider = { ...grant, scope: { kind: 'fleet' } };
    const posts: [string, object][] = [
      ['/service-accounts', robot],
      ['/applications', application],
      ['/access/grants', grant],
      ['/access/grants', wider],
    ];
    for (const [url, payload] of posts) {
      const { status } = await tenant.request({ method: 'POST', url, payload });
      expect([url, [403, 404].includes(status)]).toEqual([url, true]);
    }
    expect(await denials()).toBeGreaterThan(before);
    const { rows } = await test.database.pool.query("SELECT slug FROM applications_application WHERE slug = 'stolen'");
    expect(rows).toEqual([]);
  });

  it('S22 is refused where an own application should go to a foreign environment', async () => {
    const { own, foreign } = world;
    const payload = {
      applicationId: own.app,
      environmentId: foreign.env,
      templateVersionId: own.tpv,
      images: { main: 'x/y:1' },
      parameters: {},
    };
    expect((await tenant.request({ method: 'POST', url: '/releases', payload })).status).toBe(404);
    expect((await owner.request({ method: 'POST', url: '/releases', payload })).status).toBeGreaterThanOrEqual(404);
  });

  it('S23 is refused where the path puts a foreign part into an own whole, also for who may do both', async () => {
    const { own, foreign, none } = world;
    const rules = [{ selector: { cluster: 'own-cluster' }, namespace: 'taken-over' }];
    const asks: ['PUT' | 'POST' | 'DELETE', (part: Ids) => string, object | undefined][] = [
      ['PUT', ({ env }) => `/projects/${own.prj}/environments/${env}`, { tier: 'test', rules, revision: 1 }],
      ['POST', ({ tgt }) => `/releases/${own.rel}/targets/${tgt}/retry`, undefined],
      ['DELETE', ({ tok }) => `/service-accounts/${own.sva}/tokens/${tok}`, undefined],
    ];
    for (const client of [tenant, owner]) {
      for (const [method, urlOf, payload] of asks) {
        const ask = (part: Ids) =>
          client.request({ method, url: urlOf(part), ...(payload === undefined ? {} : { payload }) });
        const [stolen, unknown] = [await ask(foreign), await ask(none)];
        expect([urlOf(foreign), stolen.status, stolen.body.detail]).toEqual([
          urlOf(foreign),
          unknown.status,
          unknown.body.detail,
        ]);
        expect(stolen.status).toBeGreaterThanOrEqual(404);
      }
    }
  });
});

describe('what a list is asked for', () => {
  const lists = allEndpoints.filter(({ method, query }) => method === 'GET' && query !== undefined);

  it.each(lists.map((endpoint) => [endpoint.name, endpoint] as const))(
    'S47 S45 is refused by %s when it is unknown, an object, or reaches for a prototype',
    async (name, endpoint) => {
      const placed = placedEndpoints[name];
      if (placed === undefined) throw new Error(`${name} has no place`);
      const { url } = requestOf(endpoint, placed, world.own, world.own);
      const odd = [
        'sort=nothing-of-this-name',
        'limit[gte]=1',
        'limit=1&limit=2',
        'where=%7B%7D',
        '__proto__=1',
        'constructor=1',
        'undefined=',
      ];
      for (const query of odd) {
        const { status } = await owner.request({
          method: 'GET',
          url: `${url}${url.includes('?') ? '&' : '?'}${query}`,
        });
        expect([query, status === 400 || status === 422]).toEqual([query, true]);
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('S47 is refused when a body puts objects or lists where a text belongs', async () => {
    for (const value of [{}, { $ne: '' }, [], ['owner'], 1, true, null]) {
      const payload = { name: value, password: value };
      expect((await clientOf(test.app).request({ method: 'POST', url: '/auth/sign-in', payload })).status).toBe(422);
    }
  });
});
