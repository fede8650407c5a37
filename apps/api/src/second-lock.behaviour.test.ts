import type { ClusterClient, ClusterRequest } from '@quarterdeck/kubernetes';
import { describeFleets, startBothFleets, stopFleets, type TestCluster, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credential, systemActor } from './platform/principal.ts';
import { addGrant, addPerson, type Person, principalOf } from './testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from './testing/test-app.ts';

const fleets = await startBothFleets({ count: 1 });
afterAll(() => stopFleets(fleets));

type Status = { kind: string; reason?: string; message?: string };

/** The portal's check is left out on purpose: what a person's groups open is the cluster's own answer. */
describeFleets(fleets, 'the second lock, a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let test: TestApp;
  let owner: SignedInClient;
  let clusterId: string;
  let client: ClusterClient;
  let member: Person;
  let boss: Person;

  beforeAll(async () => {
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`] });
    owner = await claimAsOwner(test);
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
    clusterId = await post('/clusters', { slug: 'alpha', access, bootstrap: true });
    const [shop] = [await addProject('shop'), await addProject('bank')];
    member = await addPerson(test, 'member');
    await addGrant(test, member, 'project-admin', { kind: 'project', id: shop });
    boss = await addPerson(test, 'boss');
    await addGrant(test, boss, 'platform-admin');
    client = await test.composition.connections.for(clusterId);
    // The rungs are aggregated roles: the cluster's controller puts them together in a moment.
    const secrets = (person: Person, at?: string) => ask(person, at, list('shop', 'secrets'));
    await waitFor('the rungs', async () => {
      const answers = [await secrets(member, 'shop'), await secrets(boss)];
      return answers.every(({ status }) => status === 200);
    });
  });
  afterAll(() => test.close());

  async function post(url: string, payload: object): Promise<string> {
    const answer = await owner.request({ method: 'POST', url, payload });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return String(answer.body.id);
  }

  async function addProject(slug: string): Promise<string> {
    const id = await post('/projects', { slug });
    const rules = [{ selector: { cluster: 'alpha' }, namespace: slug }];
    await post(`/projects/${id}/environments`, { name: 'prod', tier: 'production', rules });
    await test.composition.projectNamespaces.ensure(systemActor('worker', []), clusterId, slug);
    return id;
  }

  /** Straight through the transport, with the groups that the person carries into `at`. */
  async function ask(
    person: Person,
    at: string | undefined,
    request: Pick<ClusterRequest, 'method' | 'path' | 'body'>,
    credential?: Credential,
  ): Promise<{ status: number; body: Status }> {
    const groups = await test.composition.access.groupsFor(principalOf(person, credential), clusterId, at);
    const identity = { user: 'quarterdeck:person', groups, uid: person.id };
    const { status, body } = await client.request<Status>({ ...request, identity });
    return { status, body };
  }

  const list = (namespace: string, resource: string) =>
    ({ method: 'GET', path: `/api/v1/namespaces/${namespace}/${resource}` }) as const;
  const make = (namespace: string, name: string) =>
    ({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/configmaps`,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
    }) as const;
  const readOnly = (more: object = {}): Credential => ({
    kind: 'token',
    id: 'tok_x',
    expiresAt: new Date(Date.now() + 60_000),
    limits: { permissions: ['inventory:read', 'clusters:read', 'workloads:read', 'workloads:logs'], ...more },
  });

  it('lets a member of a project work in its namespace', async () => {
    expect(await ask(member, 'shop', list('shop', 'pods'))).toMatchObject({ status: 200 });
    expect(await ask(member, 'shop', list('shop', 'secrets'))).toMatchObject({ status: 200 });
    expect(await ask(member, 'shop', make('shop', 'by-member'))).toMatchObject({ status: 201 });
  });

  it('refuses the same person in the namespace of another project, in its own words', async () => {
    for (const at of ['shop', 'bank']) {
      for (const request of [list('bank', 'pods'), list('bank', 'secrets'), make('bank', 'by-stranger')]) {
        const { status, body } = await ask(member, at, request);
        expect([status, body.kind, body.reason], `${request.method} ${request.path} as in ${at}`).toEqual([
          403,
          'Status',
          'Forbidden',
        ]);
        expect(body.message).toMatch(
          /User "quarterdeck:person" cannot (list|create) resource .* in the namespace "bank"/,
        );
      }
    }
  });

  it('refuses them the cluster itself', async () => {
    const wide = [
      { method: 'GET', path: '/api/v1/nodes' },
      { method: 'GET', path: '/api/v1/pods' },
      { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'grabbed' } } },
    ] as const;
    for (const at of ['shop', undefined]) {
      for (const request of wide) expect(await ask(member, at, request)).toMatchObject({ status: 403 });
    }
  });

  describe('a read-only token', () => {
    it('of whoever administers all clusters looks and does nothing else', async () => {
      expect(await ask(boss, undefined, make('shop', 'by-boss'))).toMatchObject({ status: 201 });
      expect(await ask(boss, undefined, { method: 'GET', path: '/api/v1/nodes' }, readOnly())).toMatchObject({
        status: 200,
      });
      expect(await ask(boss, 'shop', list('shop', 'pods'), readOnly())).toMatchObject({ status: 200 });
      for (const at of ['shop', undefined]) {
        for (const request of [make('shop', 'by-token'), list('shop', 'secrets')]) {
          expect(await ask(boss, at, request, readOnly())).toMatchObject({
            status: 403,
            body: { reason: 'Forbidden' },
          });
        }
      }
    });

    it('of a member looks into the project’s namespace alone', async () => {
      expect(await ask(member, 'shop', list('shop', 'pods'), readOnly())).toMatchObject({ status: 200 });
      for (const request of [make('shop', 'by-token'), list('shop', 'secrets'), list('bank', 'pods')]) {
        expect(await ask(member, 'shop', request, readOnly())).toMatchObject({ status: 403 });
      }
    });

    it('limited to one namespace opens no other, however wide its owner’s rights are', async () => {
      const limited = readOnly({ namespaces: ['shop'] });
      expect(await ask(boss, 'shop', list('shop', 'pods'), limited)).toMatchObject({ status: 200 });
      for (const at of ['shop', 'bank', undefined]) {
        expect(await ask(boss, at, list('bank', 'pods'), limited)).toMatchObject({ status: 403 });
        expect(await ask(boss, at, { method: 'GET', path: '/api/v1/nodes' }, limited)).toMatchObject({ status: 403 });
      }
    });
  });

  describe('explain', () => {
    const explain = async (permission: string, namespace: string) => {
      const payload = { subject: { kind: 'user', id: member.id }, permission, target: { clusterId, namespace } };
      const { status, body } = await owner.request({ method: 'POST', url: '/access/explain', payload });
      expect(status, JSON.stringify(body)).toBe(200);
      return body;
    };

    it('gives the cluster’s own answer beside the portal’s', async () => {
      expect(await explain('workloads:edit', 'shop')).toMatchObject({
        allowed: true,
        groups: ['quarterdeck:members', 'quarterdeck:p001:deployers'],
        cluster: { question: 'patch deployments.apps in shop', answer: 'allowed' },
      });
      expect(await explain('workloads:edit', 'bank')).toMatchObject({
        allowed: false,
        groups: ['quarterdeck:members'],
        cluster: { question: 'patch deployments.apps in bank', answer: 'denied' },
      });
    });

    it('shows where the two differ: a binding that somebody took away in the cluster', async () => {
      const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/quarterdeck-p001-deployers';
      await cluster.request('DELETE', path);
      await expect
        .poll(async () => explain('workloads:edit', 'shop'))
        .toMatchObject({ allowed: true, cluster: { answer: 'denied' } });
      await expect.poll(async () => (await ask(member, 'shop', make('shop', 'too-late'))).status).toBe(403);
    });
  });
});
