import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newId } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person, principalOf } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from '../../testing/test-app.ts';
import { addCluster, bindProject, type FakeCluster, podRow } from './fleet.fixture.ts';

/** Two tenants on two clusters: what one has, the other neither sees nor touches. */
type Tenant = { project: string; environment: string; application: string; release: string; member: Person };

let test: TestApp;
let owner: SignedInClient;
let alpha: FakeCluster;
let beta: FakeCluster;
let a: Tenant;
let b: Tenant;
let templateVersionId: string;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  [alpha, beta] = [await addCluster(test, 'alpha'), await addCluster(test, 'beta')];
  for (const cluster of [alpha, beta]) {
    await test.composition.access.putCluster(test.database.pool, cluster.id, { cluster: cluster.slug });
    await test.composition.inventoryStore.putObjects(cluster.fence, 'pods', [
      podRow('cart', { namespace: 'a-prod', search: 'cart a-prod' }),
      podRow('vault', { namespace: 'b-prod', search: 'vault b-prod' }),
      podRow('system', { namespace: 'kube-system', search: 'system kube-system' }),
    ]);
    await test.composition.inventoryStore.putObjects(
      cluster.fence,
      'namespaces',
      ['a-prod', 'b-prod', 'kube-system'].map((name) => podRow(name, { namespace: '', search: name })),
    );
  }
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId ?? '';
  a = await makeTenant('a', alpha);
  b = await makeTenant('b', beta);
});
afterAll(() => test.close());

async function makeTenant(slug: string, cluster: FakeCluster): Promise<Tenant> {
  const post = async (url: string, payload: object) => {
    const answer = await owner.request({ method: 'POST', url, payload });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return String(answer.body.id);
  };
  const project = await post('/projects', { slug, registries: ['registry.example.com/shop'] });
  const rules = [{ selector: { cluster: cluster.slug }, namespace: `${slug}-prod` }];
  const environment = await post(`/projects/${project}/environments`, { name: 'prod', tier: 'production', rules });
  const application = await post('/applications', {
    projectId: project,
    slug: `${slug}-web`,
    environments: [{ environmentId: environment }],
  });
  const release = await post('/releases', releaseOf({ application, environment }));
  const member = await addPerson(test, `dev-${slug}`);
  await addGrant(test, member, 'developer', { kind: 'project', id: project });
  await bindProject(test, cluster, { namespace: `${slug}-prod`, projectId: project, number: slug === 'a' ? 2 : 3 });
  return { project, environment, application, release, member };
}

function releaseOf({ application, environment }: Pick<Tenant, 'application' | 'environment'>) {
  return {
    applicationId: application,
    environmentId: environment,
    templateVersionId,
    images: { main: 'registry.example.com/shop/web:1' },
    parameters: {},
  };
}

const get = async (who: SignedInClient, url: string) => {
  const { status, body } = await who.request({ method: 'GET', url });
  return { status, body, items: (body.items ?? []) as Record<string, unknown>[] };
};

describe('lists', () => {
  it('show a tenant its own and nothing else, with totals to match', async () => {
    const names = async (url: string, field: string) => {
      const { status, items, body } = await get(a.member, url);
      expect(status, url).toBe(200);
      expect(body.total ?? items.length).toBe(items.length);
      return items.map((item) => item[field]);
    };
    expect(await names('/projects', 'slug')).toEqual(['a']);
    expect(await names(`/projects/${a.project}/environments`, 'name')).toEqual(['prod']);
    expect(await names('/applications', 'slug')).toEqual(['a-web']);
    expect(await names('/releases', 'application')).toEqual(['a-web']);
    expect(await names('/clusters', 'slug')).toEqual(['alpha']);
    expect(await names('/inventory/objects?plural=pods', 'name')).toEqual(['cart']);
    expect(await names('/inventory/objects?plural=nodes', 'name')).toEqual([]);
    expect(await names('/inventory/objects?plural=namespaces', 'name')).toEqual(['a-prod']);
    expect(await names('/inventory/namespaces', 'name')).toEqual(['a-prod']);
    expect((await get(owner, '/inventory/objects?plural=pods')).body.total).toBe(6);
  });

  it('S21 count and search no more than they show', async () => {
    const summary = await get(a.member, '/inventory/summary');
    expect(summary.body.counts).toEqual(
      ['pods', 'namespaces'].map((plural) => ({
        clusterId: alpha.id,
        group: 'core',
        plural,
        health: 'healthy',
        count: 1,
      })),
    );
    expect((summary.body.clusters as { slug: string }[]).map(({ slug }) => slug)).toEqual(['alpha']);
    for (const word of ['vault', 'system', 'b-prod']) {
      expect((await get(a.member, `/inventory/search?q=${word}`)).body.groups, word).toEqual([]);
      expect((await get(a.member, `/inventory/objects?plural=pods&q=${word}`)).body.total, word).toBe(0);
    }
    expect((await get(a.member, '/inventory/objects?plural=pods&namespaces=b-prod')).body.total).toBe(0);
    expect(await get(a.member, '/inventory/objects?plural=pods&clusters=beta')).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'unknown_cluster' }] },
    });
  });

  it('show of a cluster with a namespace of theirs its name, state, version and age alone', async () => {
    const { body } = await get(a.member, `/clusters/${alpha.id}`);
    expect(body).toMatchObject({ slug: 'alpha', detail: 'limited', version: 'v1.34.0', labels: {}, streams: [] });
    for (const field of ['server', 'credentialKind', 'clusterUid', 'latencyMs', 'nodes', 'pods', 'stateReason']) {
      expect(body).not.toHaveProperty(field);
    }
    expect((await get(a.member, `/clusters/${beta.id}`)).status).toBe(404);
    expect(await a.member.request({ method: 'POST', url: `/clusters/${alpha.id}/pause` })).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('clusters:update') },
    });
  });

  it('show an environment grant that environment of an application, and no sibling', async () => {
    const narrow = await addPerson(test, 'narrow');
    const made = await owner.request({
      method: 'POST',
      url: `/projects/${a.project}/environments`,
      payload: { name: 'test', tier: 'test', rules: [{ selector: { cluster: 'alpha' }, namespace: 'a-test' }] },
    });
    await addGrant(test, narrow, 'viewer', { kind: 'environment', id: String(made.body.id) });
    expect((await get(narrow, '/applications')).items).toEqual([]);
    expect((await get(narrow, `/applications/${a.application}`)).status).toBe(404);
    expect((await get(narrow, '/projects')).items).toMatchObject([{ slug: 'a' }]);
    expect((await get(narrow, `/projects/${a.project}/environments`)).items).toMatchObject([{ name: 'test' }]);
  });

  it('give the audit trail of a project to its admin, and of no other', async () => {
    const admin = await addPerson(test, 'admin-a');
    await addGrant(test, admin, 'project-admin', { kind: 'project', id: a.project });
    const { status, items } = await get(admin, '/audit');
    expect(status).toBe(200);
    expect(items.length).toBeGreaterThan(0);
    expect(new Set(items.map((item) => (item.target as { project?: string }).project))).toEqual(new Set([a.project]));
    const foreign = (await get(owner, `/audit?project=${b.project}`)).items[0];
    expect((await get(admin, `/audit/${foreign?.id}`)).status).toBe(404);
    expect((await get(a.member, '/audit')).status).toBe(403);
  });
});

describe('an id of another tenant', () => {
  it('S21 is answered like one that does not exist, by every method', async () => {
    const calls = (
      t: Record<keyof Omit<Tenant, 'member'>, string> & { cluster: string },
    ): [string, string, object?][] => [
      ['GET', `/projects/${t.project}`],
      ['PATCH', `/projects/${t.project}`, { displayName: 'x' }],
      ['POST', `/projects/${t.project}/archive`],
      ['POST', `/projects/${t.project}/restore`],
      ['GET', `/projects/${t.project}/environments`],
      [
        'POST',
        `/projects/${t.project}/environments`,
        { name: 'x', tier: 'test', rules: [{ selector: {}, namespace: 'x' }] },
      ],
      [
        'PUT',
        `/projects/${t.project}/environments/${t.environment}`,
        { tier: 'test', rules: [{ selector: {}, namespace: 'x' }], revision: 1 },
      ],
      ['GET', `/applications/${t.application}`],
      ['DELETE', `/applications/${t.application}`],
      ['GET', `/releases/${t.release}`],
      ['GET', `/releases/${t.release}/objects`],
      ['GET', `/releases/${a.release}/diff?against=${t.release}`],
      ['POST', `/releases/${t.release}/rollback`, {}],
      ['POST', `/releases/${t.release}/abort`, {}],
      ['POST', '/releases', releaseOf(t)],
      ['POST', '/release-previews', releaseOf(t)],
      ['GET', `/clusters/${t.cluster}`],
      ['PATCH', `/clusters/${t.cluster}`, { displayName: 'x' }],
      ['DELETE', `/clusters/${t.cluster}`],
      ['GET', `/clusters/${t.cluster}/namespaces/b-prod/pods/vault/logs`],
      ['GET', `/clusters/${t.cluster}/namespaces/b-prod/objects/core/pods/vault`],
      ['GET', `/clusters/${t.cluster}/namespaces/_/objects/core/nodes/n1`],
    ];
    const unknown = {
      project: newId('prj'),
      environment: newId('env'),
      application: newId('app'),
      release: newId('rel'),
      cluster: newId('clu'),
    };
    const foreign = calls({ ...b, cluster: beta.id });
    for (const [index, [method, url, payload]] of calls(unknown).entries()) {
      const send = async (target: string, body: object | undefined) => {
        const answer = await a.member.request({
          method: method as 'GET',
          url: target,
          ...(body === undefined ? {} : { payload: body }),
        });
        const { requestId: _, ...rest } = answer.body;
        return { status: answer.status, body: rest };
      };
      const [, foreignUrl = '', foreignPayload] = foreign[index] ?? [];
      const given = await send(foreignUrl, foreignPayload);
      expect(given.status, `${method} ${foreignUrl}`).toBe(404);
      expect(given, `${method} ${foreignUrl}`).toEqual(await send(url, payload));
    }
  });

  it('S22 beside an own one in the same request authorises neither', async () => {
    for (const payload of [
      { ...releaseOf(a), environmentId: b.environment },
      { ...releaseOf(b), applicationId: a.application },
    ]) {
      for (const url of ['/releases', '/release-previews']) {
        expect((await a.member.request({ method: 'POST', url, payload })).status).toBe(404);
        expect((await owner.request({ method: 'POST', url, payload })).status).toBeGreaterThanOrEqual(400);
      }
    }
    const url = `/projects/${a.project}/environments/${b.environment}`;
    const rules = [{ selector: {}, namespace: 'x' }];
    expect((await owner.request({ method: 'PUT', url, payload: { tier: 'test', rules, revision: 1 } })).status).toBe(
      404,
    );
    const environments = [{ environmentId: b.environment }];
    expect(
      await a.member.request({
        method: 'POST',
        url: '/applications',
        payload: { projectId: a.project, slug: 'sneaky', environments },
      }),
    ).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_environment' }] } });
  });

  it('S22 in a frame opens no live view', async () => {
    const live = await openLive(a.member);
    live.subscribe('own', 'releases.release', { id: a.release });
    live.subscribe('foreign', 'releases.release', { id: b.release });
    live.subscribe('pods', 'inventory.objects', { plural: 'pods' });
    live.subscribe('clusters', 'clusters.index', {});
    await expect
      .poll(() => live.messages.map(({ id }) => id))
      .toEqual(expect.arrayContaining(['own', 'foreign', 'pods', 'clusters']));
    // Which clusters answered comes a moment after the rows.
    await expect.poll(() => live.of('pods')).toHaveLength(2);
    expect(live.of('own')).toMatchObject([{ type: 'snapshot', rows: [{ id: a.release }] }]);
    expect(live.of('foreign')).toMatchObject([{ type: 'error', code: 'not_found' }]);
    expect(live.of('pods')).toMatchObject([
      { type: 'snapshot', rows: [{ name: 'cart', cluster: 'alpha' }] },
      { type: 'clusters', clusters: [{ slug: 'alpha', sight: 'part' }] },
    ]);
    expect(live.of('clusters')).toMatchObject([{ type: 'snapshot', rows: [{ slug: 'alpha', detail: 'limited' }] }]);
    live.close();
  });
});

describe('who may not list', () => {
  it('S09 may not watch either: every live view and the log are refused', async () => {
    const nobody = await addPerson(test, 'nobody');
    expect((await get(nobody, '/inventory/objects?plural=pods')).status).toBe(403);
    const live = await openLive(nobody);
    live.subscribe('pods', 'inventory.objects', { plural: 'pods' });
    live.subscribe('clusters', 'clusters.index', {});
    live.subscribe('release', 'releases.release', { id: a.release });
    for (const id of ['pods', 'clusters', 'release']) {
      await expect.poll(() => live.of(id)).toMatchObject([{ type: 'error', code: 'forbidden' }]);
    }
    live.close();
    const follow = (person: Person, cluster: FakeCluster, namespace: string) =>
      openSocket(
        person,
        `/clusters/${cluster.id}/namespaces/${namespace}/pods/cart/logs/follow`,
        'quarterdeck.logs.v1',
      );
    await expect(follow(nobody, alpha, 'a-prod')).rejects.toThrow(/response: 40[34]/);
    await expect(follow(a.member, beta, 'b-prod')).rejects.toThrow('response: 404');
    const own = await follow(a.member, alpha, 'a-prod');
    own.close();
  });
});

describe('what a member may not take', () => {
  it('S24 is a namespace, a cluster or a registry that the project does not have', async () => {
    const environments = [
      { name: 'grab', tier: 'test', rules: [{ selector: { cluster: 'beta' }, namespace: 'b-other' }] },
    ];
    const create = { projectId: a.project, slug: 'grabber', environments };
    expect(await a.member.request({ method: 'POST', url: '/applications', payload: create })).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('access:projects') },
    });
    for (const url of ['/releases', '/release-previews']) {
      const payload = { ...releaseOf(a), images: { main: 'evil.example.com/web:1' } };
      expect(await a.member.request({ method: 'POST', url, payload })).toMatchObject({
        status: 403,
        body: { code: 'image_not_allowed', errors: [{ pointer: '/images/main' }] },
      });
    }
  });
});

describe('limits of a token', () => {
  const withLimits = (person: Person, limits: object) =>
    principalOf(person, {
      kind: 'token',
      id: 'tok_x',
      expiresAt: new Date(Date.now() + 60_000),
      limits: { permissions: ['inventory:read', 'clusters:read', 'workloads:logs', 'releases:create'], ...limits },
    });

  it('S24 narrow what its owner may: permission, cluster, project, namespace', async () => {
    const root = await addPerson(test, 'root');
    await addGrant(test, root, 'owner');
    const { access } = test.composition;
    const cases: [object, object, boolean][] = [
      [{}, { clusterId: beta.id, namespace: 'b-prod' }, true],
      [{ clusterIds: [alpha.id] }, { clusterId: beta.id, namespace: 'b-prod' }, false],
      [{ clusterIds: [alpha.id] }, { clusterId: alpha.id, namespace: 'a-prod' }, true],
      [{ clusterSelector: { cluster: 'beta' } }, { clusterId: alpha.id, namespace: 'a-prod' }, false],
      [{ projectIds: [a.project] }, { clusterId: beta.id, namespace: 'b-prod' }, false],
      [{ projectIds: [a.project] }, { clusterId: alpha.id, namespace: 'a-prod' }, true],
      [{ environmentIds: [b.environment] }, { clusterId: alpha.id, namespace: 'a-prod' }, false],
      [{ namespaces: ['a-prod'] }, { clusterId: alpha.id, namespace: 'kube-system' }, false],
      [{ namespaces: ['a-prod'] }, { clusterId: alpha.id }, false],
    ];
    for (const [limits, target, allowed] of cases) {
      const principal = withLimits(root, limits);
      expect(await access.may(principal, 'workloads:logs', target), JSON.stringify([limits, target])).toBe(allowed);
      expect(
        await test.database.transaction((tx) => access.mayNow(tx, principal, 'workloads:logs', target)),
        JSON.stringify([limits, target]),
      ).toBe(allowed);
      expect(await access.may(principal, 'workloads:exec', target)).toBe(false);
    }
    // A permission that acts in a cluster needs the cluster to be named, or a limit on clusters would be no limit.
    const limited = withLimits(root, { clusterIds: [alpha.id] });
    expect(await access.may(limited, 'releases:create', { environmentId: a.environment })).toBe(false);
    expect(await access.may(limited, 'inventory:read', 'fleet')).toBe(false);
  });

  it('narrow lists alike, and the groups it carries: a read-only token stays a viewer', async () => {
    const root = await addPerson(test, 'root2');
    await addGrant(test, root, 'owner');
    const { access, inventory } = test.composition;
    const pods = async (limits: object) =>
      (await inventory.list(withLimits(root, limits), { plural: 'pods', sort: 'name', limit: 50 })).items.map(
        (pod) => `${pod.cluster}/${pod.name}`,
      );
    expect(await pods({ clusterIds: [beta.id] })).toHaveLength(3);
    expect(await pods({ projectIds: [a.project] })).toEqual(['alpha/cart']);
    expect(await pods({ namespaces: ['kube-system'] })).toEqual(['alpha/system', 'beta/system']);
    const groups = (limits: object, namespace?: string) =>
      access.groupsFor(withLimits(root, limits), alpha.id, namespace);
    const reads = { permissions: ['inventory:read', 'workloads:logs'] };
    expect(await groups({ permissions: ['inventory:read'] })).toEqual(['quarterdeck:members', 'quarterdeck:viewers']);
    expect(await groups(reads, 'a-prod')).toEqual(['quarterdeck:members', 'quarterdeck:viewers']);
    expect(await groups({ ...reads, projectIds: [a.project] }, 'a-prod')).toEqual([
      'quarterdeck:members',
      'quarterdeck:p002:viewers',
    ]);
    expect(await groups({ projectIds: [b.project] }, 'a-prod')).toEqual(['quarterdeck:members']);
    expect(await groups({ clusterIds: [beta.id] }, 'a-prod')).toEqual(['quarterdeck:members']);
  });
});

async function openSocket(who: Person, path: string, subprotocol: string) {
  if (!test.app.server.listening) await test.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = test.app.server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1${path}`, [subprotocol], {
    headers: { cookie: who.cookie, origin: testOrigin },
  });
  const messages: { id?: string; type: string; rows?: unknown[]; code?: string }[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, messages, close: () => socket.close() };
}

async function openLive(who: Person) {
  const { socket, messages, close } = await openSocket(who, '/live', 'quarterdeck.live.v1');
  return {
    messages,
    of: (id: string) => messages.filter((message) => message.id === id),
    subscribe: (id: string, view: string, params: object) =>
      socket.send(JSON.stringify({ type: 'subscribe', id, view, mode: 'set', params })),
    close,
  };
}
