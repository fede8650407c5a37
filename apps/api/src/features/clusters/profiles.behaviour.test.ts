import { request as httpsRequest } from 'node:https';
import type { ClusterRequest } from '@quarterdeck/kubernetes';
import { describeFleets, startBothFleets, stopFleets, type TestCluster, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { systemActor } from '../../platform/principal.ts';
import { addGrant, addPerson, type Person, principalOf } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { personIdentity } from './as-person.ts';

const fleets = await startBothFleets({ count: 1 });
afterAll(() => stopFleets(fleets));

type Check = { id: string; level: string; code?: string; detail: string; remedy?: { yaml?: string; command?: string } };
type Applied = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };

const plurals: Record<string, string> = {
  Namespace: 'namespaces',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};
const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** In order: one cluster that goes from one profile to the next, and what its own RBAC says to each promise. */
describeFleets(fleets, 'the profile of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let test: TestApp;
  let owner: SignedInClient;
  let boss: Person;
  let member: Person;
  let id: string;

  beforeAll(async () => {
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`] });
    owner = await claimAsOwner(test);
    boss = await addPerson(test, 'boss');
    await addGrant(test, boss, 'platform-admin');
    member = await addPerson(test, 'member');
  });
  afterAll(() => test.close());

  const byKubeconfig = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
  const post = (url: string, payload: object) => owner.request({ method: 'POST', url, payload });
  const replaceBy = (profile: object) =>
    owner.request({
      method: 'PUT',
      url: `/clusters/${id}/credential`,
      payload: { access: byKubeconfig, bootstrap: true, profile },
    });
  const reverify = async () => {
    const { status, body } = await owner.request({ method: 'POST', url: `/clusters/${id}/verifications` });
    expect(status, JSON.stringify(body)).toBe(200);
    return body.checks as Check[];
  };
  const checked = async (code: string) => (await reverify()).find((check) => check.code === code);
  const manifest = async () =>
    (await owner.request({ method: 'GET', url: `/clusters/${id}/onboarding-manifest` })).body;

  /** As a person, with all that they carry there. */
  async function ask(person: Person, request: Pick<ClusterRequest, 'method' | 'path' | 'body'>, namespace?: string) {
    const client = await test.composition.connections.for(id);
    const principal = { ...principalOf(person), name: person === boss ? 'boss' : 'member' };
    const identity = await personIdentity(test.composition.access, principal, id, namespace);
    return client.request<{ message?: string; status?: { userInfo?: { username?: string } } }>({
      ...request,
      identity,
    });
  }
  const whoAmI = {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  } as const;
  const listPods = { method: 'GET', path: '/api/v1/pods' } as const;

  /** What our stored token may do by itself, with headers that our own transport would refuse. */
  async function withOurToken(path: string, headers: Record<string, string>, body?: object): Promise<number> {
    const credential = await test.composition.clusterCredentials.open(id);
    const token = credential.kind === 'token' ? credential.token : '';
    return new Promise((resolve, reject) => {
      const asked = httpsRequest(
        `${cluster.server}${path}`,
        {
          ca: cluster.caPem,
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        },
        (response) => resolve(response.resume().statusCode ?? 0),
      ).on('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
  const speakAs = (user: string, group: string) =>
    withOurToken(whoAmI.path, { 'impersonate-user': user, 'impersonate-group': group }, { ...whoAmI.body });
  const asWorker = { 'impersonate-user': 'quarterdeck:worker', 'impersonate-group': 'quarterdeck:workers' };
  const takeover = {
    metadata: { name: 'takeover' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'quarterdeck-admins' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'quarterdeck:workers' }],
  };
  const bindAdmins = () => withOurToken(`${rbac}/namespaces/default/rolebindings`, asWorker, takeover);

  /** As the cluster's owner with kubectl. */
  async function apply(yaml: string, kinds: readonly string[]): Promise<void> {
    for (const document of parseAllDocuments(yaml)) {
      const object = document.toJS() as Applied;
      if (!kinds.includes(object.kind)) continue;
      const root = object.apiVersion === 'v1' ? '/api/v1' : rbac;
      const { namespace, name } = object.metadata;
      const folder = `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plurals[object.kind]}`;
      await cluster.request('DELETE', `${folder}/${name}`).catch(() => {});
      await cluster.request('POST', folder, object).catch((error: unknown) => {
        if (object.kind !== 'Namespace') throw error;
      });
    }
  }

  it('strict: has no group of the whole cluster, and our token can bind nobody, itself included', async () => {
    const made = await post('/clusters', {
      slug: 'alpha',
      access: byKubeconfig,
      bootstrap: true,
      profile: { people: 'groups-only', bindings: 'strict' },
    });
    expect(made, JSON.stringify(made.body)).toMatchObject({
      status: 201,
      body: { profile: { people: 'groups-only', bindings: 'strict' } },
    });
    id = String(made.body.id);
    expect(await speakAs('quarterdeck:person', 'quarterdeck:members')).toBe(201);
    expect(await speakAs('quarterdeck:person', 'quarterdeck:p001:viewers')).toBe(201);
    for (const rung of ['viewers', 'deployers', 'operators', 'admins']) {
      expect(await speakAs('quarterdeck:person', `quarterdeck:${rung}`), rung).toBe(403);
    }
    expect(await bindAdmins()).toBe(403);
    expect(await withOurToken('/api/v1/namespaces', asWorker, { metadata: { name: 'x' } })).toBe(403);
    const checks = await reverify();
    expect(checks.filter(({ level }) => level === 'block')).toEqual([]);
    expect(checks.find((check) => check.id === 'rights')?.detail).toContain('bind nothing');
  });

  it('strict: whoever holds the widest grant is answered by the cluster, and sees nothing of it', async () => {
    expect(await ask(boss, listPods)).toMatchObject({ status: 403 });
    expect((await ask(boss, whoAmI)).body.status?.userInfo?.username).toBe('quarterdeck:person');
  });

  it('strict: a project waits for the bindings that are printed, works with them, and drift is told', async () => {
    const { body: project } = await post('/projects', { slug: 'shop' });
    const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
    await post(`/projects/${project.id}/environments`, { name: 'prod', tier: 'production', rules });
    await addGrant(test, member, 'project-admin', { kind: 'project', id: String(project.id) });
    const { projectNamespaces } = test.composition;
    const ensure = () => projectNamespaces.ensure(systemActor('worker', []), id, 'shop');
    await expect(ensure()).rejects.toMatchObject({
      code: 'namespace_unprepared',
      status: 409,
      message: expect.stringContaining('RoleBinding quarterdeck-p001-deployers'),
    });
    const drift = await checked('bindings_drift');
    expect(drift).toMatchObject({ level: 'warn', detail: expect.stringContaining('Namespace shop') });
    const printed = await manifest();
    expect(printed.changes).toContainEqual({
      kind: 'RoleBinding',
      name: 'quarterdeck-p001-deployers',
      namespace: 'shop',
      change: 'create',
    });
    await apply(drift?.remedy?.yaml ?? '', ['Namespace', 'RoleBinding']);
    await expect(ensure()).resolves.toBeUndefined();
    expect(await checked('bindings_drift')).toBeUndefined();

    const configMap = (name: string) =>
      ({
        method: 'POST',
        path: '/api/v1/namespaces/shop/configmaps',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
      }) as const;
    await waitFor('the rungs', async () => (await ask(member, configMap('probe'), 'shop')).status !== 403);
    expect((await ask(member, configMap('by-member'), 'shop')).status).toBe(201);
    // A wide grant is the project's rung in its namespace, and nothing beside it.
    expect((await ask(boss, configMap('by-boss'), 'shop')).status).toBe(201);
    expect((await ask(boss, listPods, 'shop')).status).toBe(403);

    const path = `${rbac}/namespaces/shop/rolebindings/quarterdeck-p001-viewers`;
    await cluster.request('DELETE', path);
    expect(await checked('bindings_drift')).toMatchObject({
      detail: expect.stringContaining('quarterdeck-p001-viewers in shop'),
    });
  });

  it('named: people are users of their names, our token may be anybody, and the report says what that is', async () => {
    expect(await replaceBy({ people: 'named', bindings: 'managed' })).toMatchObject({ status: 200 });
    expect((await ask(boss, whoAmI)).body.status?.userInfo?.username).toBe('boss');
    expect(await checked('equals_cluster_admin')).toMatchObject({
      level: 'warn',
      detail: expect.stringContaining('equals cluster-admin'),
    });
    // The fact behind the words: no name is out of reach, Kubernetes' own included.
    expect(await speakAs('system:kube-controller-manager', 'quarterdeck:members')).toBe(201);
    // A role of the cluster that names the person is theirs now.
    await cluster.request('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name: 'boss-sees' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'quarterdeck-viewers' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'boss' }],
    });
    await waitFor('the role', async () => (await ask(boss, listPods)).status === 200);
  });

  it('groups-only and managed: no other name is ours, and the worker may bind: as good as cluster-admin, and said', async () => {
    expect(await replaceBy({ people: 'groups-only', bindings: 'managed' })).toMatchObject({ status: 200 });
    await waitFor('names to be closed', async () => (await speakAs('boss', 'quarterdeck:members')) === 403);
    expect(await speakAs('system:kube-controller-manager', 'quarterdeck:members')).toBe(403);
    expect((await ask(boss, whoAmI)).body.status?.userInfo?.username).toBe('quarterdeck:person');
    expect(await bindAdmins()).toBe(201);
    expect((await reverify()).find((check) => check.id === 'rights')?.detail).toContain('equals cluster-admin');
  });

  it('strict again: what the managed profile left is named, with the line that deletes it', async () => {
    expect(await replaceBy({ people: 'groups-only', bindings: 'strict' })).toMatchObject({ status: 200 });
    const left = await checked('profile_leftovers');
    expect(left?.remedy?.command).toContain('clusterrolebinding/quarterdeck-worker');
    const { changes, deleteCommand } = await manifest();
    expect(changes).toContainEqual({ kind: 'ClusterRoleBinding', name: 'quarterdeck-admins', change: 'delete' });
    expect(deleteCommand).toBe(left?.remedy?.command);
    for (const each of String(deleteCommand).split(' ').slice(2)) {
      const [kind, name] = each.split('/');
      await cluster.request('DELETE', `${rbac}/${kind}s/${name}`);
    }
    expect(await checked('profile_leftovers')).toBeUndefined();
    expect((await manifest()).deleteCommand).toBeUndefined();
  });

  it('bounded: is refused where the cluster is too old for it, and nothing changes', async () => {
    const before = await test.composition.clustersStore.findById(id);
    expect(await replaceBy({ people: 'bounded', bindings: 'managed' })).toMatchObject({
      status: 422,
      body: { code: 'profile_unsupported', detail: expect.stringContaining('needs Kubernetes 1.36') },
    });
    expect((await test.composition.clustersStore.findById(id))?.profile).toEqual(before?.profile);
  });
});
