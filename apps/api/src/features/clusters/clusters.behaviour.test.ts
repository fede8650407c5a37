import { type Cluster, expired, startControlPlanes, TestbedUnavailable, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Loop } from '../../platform/jobs/loop.ts';
import { systemActor } from '../../platform/principal.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { startHealthLoop } from './health.jobs.ts';
import { startRemovalLoop } from './removal.jobs.ts';
import { startRenewalLoop } from './renewal.jobs.ts';

const fleet = await startControlPlanes({ count: 2 }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

/** In order: each step stands on the one before, as in the life of a fleet. */
describe.skipIf(fleet === undefined)('registering real clusters', () => {
  const [alpha, beta] = (fleet?.clusters ?? []) as [Cluster, Cluster];
  let test: TestApp;
  let owner: SignedInClient;
  let loops: Loop[];
  let id: string;

  beforeAll(async () => {
    const allow = [alpha, beta].map(({ server }) => `127.0.0.1/32:${new URL(server).port}`);
    test = await createTestApp({ clusterAddressAllow: allow });
    owner = await claimAsOwner(test);
    const { database, clustersStore: store, connections, clusterFacts: facts, logger } = test.composition;
    loops = [
      startHealthLoop({ database, store, connections, facts, held: () => [1, 2], logger }),
      startRemovalLoop({ database, store, purgeRows: async () => true, logger }),
    ];
  });
  afterAll(async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    await test.close();
  });

  const byKubeconfig = (cluster: Cluster) => ({ kind: 'kubeconfig', kubeconfig: cluster.kubeconfig });
  const byToken = (cluster: Cluster, token: string) => ({
    kind: 'token',
    server: cluster.server,
    caPem: cluster.caPem,
    token,
  });
  const register = (payload: object) => owner.request({ method: 'POST', url: '/clusters', payload });
  const show = async () => (await owner.request({ method: 'GET', url: `/clusters/${id}` })).body;
  const stateIs = (state: string) => waitFor(`the state ${state}`, async () => (await show()).state === state);

  it('shows the manifest and what it would create, before anything is saved', async () => {
    const { status, body } = await owner.request({
      method: 'POST',
      url: '/clusters/verifications',
      payload: { access: byKubeconfig(alpha) },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ acceptable: true, bootstrap: { mode: 'apply' } });
    const { changes } = body.bootstrap as { changes: { change: string }[] };
    expect(changes.length).toBeGreaterThan(20);
    expect(changes.every(({ change }) => change === 'create')).toBe(true);
  });

  it('does not store an admin credential', async () => {
    expect(await register({ slug: 'alpha', access: byKubeconfig(alpha) })).toMatchObject({
      status: 422,
      body: { code: 'bootstrap_required', errors: [{ pointer: '/bootstrap' }] },
    });
  });

  it('applies the manifest once and keeps only our own token', async () => {
    const made = await register({
      slug: 'alpha',
      labels: { tier: 'production' },
      access: byKubeconfig(alpha),
      bootstrap: true,
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        slug: 'alpha',
        state: 'connected',
        version: expect.stringMatching(/^v1\./),
        clusterUid: expect.any(String),
      },
    });
    id = String(made.body.id);
    const { pool } = test.database;
    const stored = JSON.stringify([(await pool.query('SELECT * FROM clusters_cluster')).rows, test.logged, made.body]);
    expect(stored).not.toContain(alpha.adminToken);
    const audit = JSON.stringify((await owner.request({ method: 'GET', url: '/audit?limit=200' })).body);
    expect(audit).toContain('bootstrap begins');
    expect(audit).toContain('/clusterrolebindings/quarterdeck-impersonator');
    expect(audit).not.toContain(alpha.adminToken);
  });

  it('speaks to the cluster for others, and for nobody outside the list', async () => {
    const client = await test.composition.connections.for(id);
    const ask = (groups: string[]) =>
      client.request({ method: 'GET', path: '/api/v1/nodes', identity: { user: 'quarterdeck:person', groups } });
    expect(await ask(['quarterdeck:members', 'quarterdeck:viewers'])).toMatchObject({ status: 200 });
    expect(await ask(['quarterdeck:members'])).toMatchObject({ status: 403 });
    expect(await ask(['cluster-admins'])).toMatchObject({ status: 403 });
  });

  const bootstraps = async () => {
    const { body } = await owner.request({ method: 'GET', url: '/audit?limit=200' });
    return (body.items as { reason?: string }[]).filter(({ reason }) => reason === 'bootstrap begins').length;
  };

  it('knows the cluster again under any name, and applies nothing to it', async () => {
    for (const slug of ['again', 'alpha'])
      expect(await register({ slug, access: byKubeconfig(alpha), bootstrap: true })).toMatchObject({
        status: 409,
        body: { code: 'cluster_already_registered', detail: expect.stringContaining('as alpha') },
      });
    expect(await bootstraps()).toBe(1);
  });

  it('refuses a token without rights, an expired certificate and a wrong CA, each by its own code', async () => {
    const nobody = await beta.createToken('default', 'nobody');
    const { certPem, keyPem } = await (await beta.authority()).issueClient('x', [], expired());
    const cases = [
      { access: byToken(beta, nobody), code: 'cluster_cannot_impersonate' },
      { access: byToken(beta, 'made-up'), code: 'credential_rejected' },
      { access: { ...byToken(beta, 'x'), caPem: alpha.caPem }, code: 'tls_untrusted' },
      {
        access: {
          kind: 'client_certificate',
          server: beta.server,
          caPem: beta.caPem,
          certificatePem: certPem,
          keyPem,
        },
        code: 'credential_expired',
      },
    ];
    for (const { access, code } of cases) {
      expect(await register({ slug: 'beta', access })).toMatchObject({ status: 422, body: { code } });
    }
    expect((await owner.request({ method: 'GET', url: '/clusters' })).body.total).toBe(1);
  });

  it('registers by the manual way: a person applies the manifest and pastes the token', async () => {
    await expect(register({ slug: 'beta', access: byKubeconfig(beta), bootstrap: true })).resolves.toMatchObject({
      status: 201,
    });
    const secret = await beta.request<{ data: { token: string } }>(
      'GET',
      '/api/v1/namespaces/quarterdeck-system/secrets/quarterdeck-token',
    );
    const token = Buffer.from(secret.data.token, 'base64').toString();
    const { body } = await owner.request({
      method: 'POST',
      url: '/clusters/verifications',
      payload: { access: byToken(beta, token) },
    });
    expect(body).toMatchObject({ acceptable: true, bootstrap: { mode: 'ready' } });
  });

  it('takes a new credential of the same cluster, and refuses one of another', async () => {
    const put = (access: object) =>
      owner.request({ method: 'PUT', url: `/clusters/${id}/credential`, payload: { access, bootstrap: true } });
    const before = await bootstraps();
    expect(await put(byKubeconfig(beta))).toMatchObject({ status: 409, body: { code: 'cluster_identity_differs' } });
    expect(await bootstraps()).toBe(before);
    expect(await put(byKubeconfig(alpha))).toMatchObject({ status: 200, body: { state: 'connected' } });
    await expect(test.composition.connections.for(id)).resolves.toBeDefined();
  });

  it('tells what a registered cluster lacks by now, with the YAML that mends it', async () => {
    const ask = async () =>
      (await owner.request({ method: 'POST', url: `/clusters/${id}/verifications` })).body as {
        checks: { id: string; level: string; remedy?: { yaml?: string } }[];
      };
    const rights = async () => (await ask()).checks.find((check) => check.id === 'rights');
    expect(await rights()).toMatchObject({ level: 'ok' });
    const binding = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/quarterdeck-worker';
    const kept = await alpha.request<{ metadata: object; roleRef: object; subjects: object[] }>('GET', binding);
    await alpha.request('DELETE', binding);
    await waitFor('the missing right', async () => (await rights())?.level === 'warn');
    expect((await rights())?.remedy?.yaml).toContain('quarterdeck-worker');
    const { roleRef, subjects } = kept;
    await alpha.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'quarterdeck-worker' },
      roleRef,
      subjects,
    });
    await waitFor('the right', async () => (await rights())?.level === 'ok');
  });

  it('keeps a token with an end where asked, and replaces it at half of its life', async () => {
    const { database, clustersStore: store, connections, clusterCredentials, audit, logger } = test.composition;
    const put = await owner.request({
      method: 'PUT',
      url: `/clusters/${id}/credential`,
      payload: { access: byKubeconfig(alpha), bootstrap: true, renewing: true },
    });
    expect(put).toMatchObject({
      status: 200,
      body: { credentialRenews: true, credentialExpiresAt: expect.any(String) },
    });
    const first = await clusterCredentials.open(id);
    const { pool } = test.database;
    const due = await pool.query<{ half: boolean }>(
      `SELECT abs(extract(epoch FROM next_renewal_at - now()) * 2 - extract(epoch FROM expires_at - now())) < 5 AS half
       FROM clusters_credential WHERE renewing`,
    );
    expect(due.rows).toEqual([{ half: true }]);

    await pool.query('UPDATE clusters_credential SET next_renewal_at = now() WHERE renewing');
    const deps = { database, store, connections, credentials: clusterCredentials, audit, logger };
    // Two workers: each token is renewed by one of them.
    const two = [startRenewalLoop(deps), startRenewalLoop(deps)];
    await waitFor('another token', async () => {
      return JSON.stringify(await clusterCredentials.open(id)) !== JSON.stringify(first);
    });
    await Promise.all(two.map((loop) => loop.stop()));
    expect((await pool.query('SELECT revision FROM clusters_credential WHERE renewing')).rows).toEqual([
      { revision: 4 },
    ]);
    await expect(
      (await connections.for(id)).request({ method: 'GET', path: '/version', identity: 'self' }),
    ).resolves.toMatchObject({ status: 200 });
  });

  it('says why a token is not renewed, and goes on with the one it has', async () => {
    const { database, clustersStore: store, connections, clusterCredentials, audit, logger } = test.composition;
    const binding = '/apis/rbac.authorization.k8s.io/v1/namespaces/quarterdeck-system/rolebindings';
    await alpha.request('DELETE', `${binding}/quarterdeck-token-renewal`);
    const { pool } = test.database;
    const loop = startRenewalLoop({ database, store, connections, credentials: clusterCredentials, audit, logger });
    await waitFor('the reason', async () => {
      await pool.query('UPDATE clusters_credential SET next_renewal_at = now() WHERE renewing');
      loop.wake();
      return String((await show()).credentialRenewalError).includes('gives no token');
    });
    await loop.stop();
    expect(await show()).toMatchObject({ credentialRenews: true, state: 'connected' });
    const again = await owner.request({
      method: 'PUT',
      url: `/clusters/${id}/credential`,
      payload: { access: byKubeconfig(alpha), bootstrap: true },
    });
    expect(again).toMatchObject({ status: 200, body: { credentialRenews: false } });
    expect((await show()).credentialRenewalError).toBeUndefined();
  });

  it('makes the namespace that a project owns there', async () => {
    const { access, projectNamespaces } = test.composition;
    const project = (await access.projects.list(systemActor('test', ['environments:read']).principal))[0];
    await owner.request({
      method: 'POST',
      url: `/projects/${project?.id}/environments`,
      payload: { name: 'prod', tier: 'production', rules: [{ selector: { cluster: 'alpha' }, namespace: 'shop' }] },
    });
    const actor = { principal: { kind: 'system' as const, name: 'worker', permissions: [] }, via: 'system' as const };
    await projectNamespaces.ensure(actor, id, 'shop');
    await projectNamespaces.ensure(actor, id, 'shop');
    const bindings = await alpha.request<{ items: { metadata: { name: string } }[] }>(
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings',
    );
    expect(bindings.items.map((each) => each.metadata.name)).toContain('quarterdeck-p001-deployers');
    await expect(projectNamespaces.ensure(actor, id, 'kube-system')).rejects.toMatchObject({
      code: 'namespace_unowned',
    });
  });

  /** That it takes 15 s at most is counted in health.test.ts, where no machine is slow. */
  it('shows a cut, says so at once to who asks, and comes back by itself', async () => {
    await stateIs('connected');
    await alpha.stopApiServer();
    await stateIs('unreachable');
    await expect(test.composition.connections.for(id)).rejects.toMatchObject({
      code: 'cluster_unreachable',
      status: 503,
    });
    await alpha.startApiServer();
    await stateIs('connected');
  });

  it('forgets a removed cluster, and leaves what is inside it', async () => {
    expect((await owner.request({ method: 'DELETE', url: `/clusters/${id}` })).status).toBe(202);
    await waitFor('the row to go', async () => {
      return (await owner.request({ method: 'GET', url: `/clusters/${id}` })).status === 404;
    });
    await expect(alpha.request('GET', '/api/v1/namespaces/quarterdeck-system')).resolves.toBeDefined();
  });
});
