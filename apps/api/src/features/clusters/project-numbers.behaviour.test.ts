import type { ClusterRequest } from '@quarterdeck/kubernetes';
import { describeFleets, startBothFleets, stopFleets, type TestCluster, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemActor } from '../../platform/principal.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import type { MemberClient } from './connections.ts';
import { createProjectNamespaces } from './project-namespaces.ts';

const fleets = await startBothFleets({ count: 1 });
afterAll(() => stopFleets(fleets));

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const worker = systemActor('worker', []);

/** In order: the numbers of a cluster as projects come and go. */
describeFleets(fleets, 'project numbers in a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let test: TestApp;
  let owner: SignedInClient;
  let clusterId: string;
  const environments = new Map<string, string>();

  beforeAll(async () => {
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`] });
    owner = await claimAsOwner(test);
    clusterId = await register();
  });
  afterAll(() => test.close());

  async function post(url: string, payload: object): Promise<string> {
    const answer = await owner.request({ method: 'POST', url, payload });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return String(answer.body.id);
  }

  function register(): Promise<string> {
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
    return post('/clusters', { slug: 'alpha', access, bootstrap: true });
  }

  /** A project with a namespace of its name in the cluster. */
  async function addProject(slug: string): Promise<void> {
    const id = await post('/projects', { slug });
    const rules = [{ selector: { cluster: 'alpha' }, namespace: slug }];
    environments.set(slug, `/projects/${id}/environments/${await addEnvironment(id, rules)}`);
  }

  function addEnvironment(project: string, rules: object[]): Promise<string> {
    return post(`/projects/${project}/environments`, { name: 'prod', tier: 'production', rules });
  }

  const ensure = (namespace: string) => test.composition.projectNamespaces.ensure(worker, clusterId, namespace);

  /** The groups that bindings in a namespace name. */
  async function boundIn(namespace: string): Promise<string[]> {
    const path = `${rbac}/namespaces/${namespace}/rolebindings`;
    const { items } = await cluster.request<{ items: { subjects?: { name: string }[] }[] }>('GET', path);
    return items.flatMap(({ subjects }) => (subjects ?? []).map(({ name }) => name)).sort();
  }

  async function bind(name: string, group: string): Promise<void> {
    await cluster.request('POST', `${rbac}/namespaces/default/rolebindings`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name, namespace: 'default' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'quarterdeck-viewers' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
    });
  }

  /** Kubernetes tells the age of objects in whole seconds. */
  async function untilNextSecond(): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    await waitFor('the next second', async () => Math.floor(Date.now() / 1000) > now);
  }

  it('a project takes the first number there, whatever it has elsewhere', async () => {
    await addProject('one');
    await addProject('two');
    await ensure('two');
    await ensure('one');
    expect(await boundIn('two')).toContain('quarterdeck:p001:deployers');
    expect(await boundIn('one')).toContain('quarterdeck:p002:deployers');
    await ensure('two');
    expect(await boundIn('two')).toHaveLength(4);
  });

  it('never one that a binding in the cluster names, whoever made it', async () => {
    await bind('somebody-elses', 'quarterdeck:p003:viewers');
    await addProject('three');
    await ensure('three');
    expect(await boundIn('three')).toContain('quarterdeck:p004:deployers');
    expect((await boundIn('three')).some((group) => group.includes(':p003:'))).toBe(false);
  });

  it('two at once take two numbers', async () => {
    await addProject('five');
    await addProject('six');
    await Promise.all([ensure('five'), ensure('six')]);
    const numbers = [await boundIn('five'), await boundIn('six')].map((groups) => groups[0]?.slice(0, 16)).sort();
    expect(numbers).toEqual(['quarterdeck:p005', 'quarterdeck:p006']);
  });

  it('a number that another installation took in the same moment, and first, is left to it', async () => {
    await addProject('later');
    const { composition } = test;
    const client = await composition.connections.for(clusterId);
    let race: Promise<void> | undefined;
    const racing: MemberClient = {
      ...client,
      async request<T>(request: ClusterRequest) {
        // The other one binds the number after we saw it free, and before we bind it.
        if (request.method === 'POST' && request.path.endsWith('/rolebindings')) {
          race ??= bind('another-installations', 'quarterdeck:p007:viewers').then(untilNextSecond);
          await race;
        }
        return client.request<T>(request);
      },
    };
    const { database, access, audit, clustersStore: store, installation } = composition;
    const connections = { ...composition.connections, for: async () => racing };
    const namespaces = createProjectNamespaces({
      database,
      access,
      audit,
      store,
      connections,
      installation: installation.name,
    });
    await namespaces.ensure(worker, clusterId, 'later');
    expect(race).toBeDefined();
    const groups = await boundIn('later');
    expect(groups).toContain('quarterdeck:p008:deployers');
    expect(groups.some((group) => group.includes(':p007:'))).toBe(false);
    expect(groups).toHaveLength(4);
  });

  it('the manifest of the cluster tells the numbers, and the trail who took them', async () => {
    const { body } = await owner.request({ method: 'GET', url: `/clusters/${clusterId}/onboarding-manifest` });
    expect(body.projectNumbers).toMatchObject({ listed: 128, asked: true });
    expect((body.projectNumbers as { taken: object[] }).taken.slice(0, 3)).toEqual([
      { number: 1, project: 'two' },
      { number: 2, project: 'one' },
      { number: 4, project: 'three' },
    ]);
    const { pool } = test.database;
    const rows = await pool.query(
      `SELECT record FROM audit_event WHERE record::text LIKE '%projectNumber%' AND record::text LIKE '%three%'`,
    );
    expect(rows.rows).toHaveLength(1);
  });

  it('a cluster that is registered again finds its projects under their numbers', async () => {
    expect((await owner.request({ method: 'DELETE', url: `/clusters/${clusterId}` })).status).toBe(202);
    const { database, clustersStore } = test.composition;
    await database.transaction((tx) => clustersStore.remove(tx, clusterId));
    clusterId = await register();
    await ensure('three');
    await ensure('one');
    const { body } = await owner.request({ method: 'GET', url: `/clusters/${clusterId}/onboarding-manifest` });
    expect((body.projectNumbers as { taken: object[] }).taken).toEqual([
      { number: 2, project: 'one' },
      { number: 4, project: 'three' },
    ]);
  });

  it('a number is reused last, after all others, and only when no binding names it any more', async () => {
    await narrowTo(8);
    await ensure('later');
    await ensure('two');
    await ensure('five');
    await ensure('six');
    await leave('two');
    await addProject('seven');
    await expect(ensure('seven')).rejects.toMatchObject({ code: 'project_numbers_exhausted', status: 409 });
    const { body } = await owner.request({ method: 'GET', url: `/clusters/${clusterId}/onboarding-manifest` });
    expect(body.projectNumbers).toMatchObject({ listed: 128 });
    for (const rung of ['viewers', 'deployers', 'operators', 'admins']) {
      await cluster.request('DELETE', `${rbac}/namespaces/two/rolebindings/quarterdeck-p001-${rung}`);
    }
    await ensure('seven');
    expect(await boundIn('seven')).toContain('quarterdeck:p001:deployers');
  });

  /** The cluster lists so many numbers and no more. */
  async function narrowTo(count: number): Promise<void> {
    const path = `${rbac}/clusterroles/quarterdeck-impersonator`;
    const role = await cluster.request<{ rules: { resources: string[]; resourceNames?: string[] }[] }>('GET', path);
    const kept = (name: string) => !/:p\d{3}:/.test(name) || Number(name.slice(13, 16)) <= count;
    for (const rule of role.rules) {
      if (rule.resources.includes('groups')) rule.resourceNames = (rule.resourceNames ?? []).filter(kept);
    }
    await cluster.request('PUT', path, role);
  }

  /** The environment goes to a cluster that is not there. */
  async function leave(slug: string): Promise<void> {
    const rules = [{ selector: { cluster: 'elsewhere' }, namespace: slug }];
    const url = environments.get(slug) ?? '';
    expect(
      (await owner.request({ method: 'PUT', url, payload: { tier: 'production', rules, revision: 1 } })).status,
    ).toBe(200);
  }
});
