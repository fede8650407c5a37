import { createAddressGuard } from '@quarterdeck/outbound';
import {
  createAuthority,
  describeFleets,
  expired,
  startBothFleets,
  stopFleets,
  type TestCluster,
} from '@quarterdeck/testing';
import { afterAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { credentialExpiry } from '../auth/credential-expiry.ts';
import { parseKubeconfig } from '../auth/kubeconfig.ts';
import { probeCluster, workerIdentity } from '../connection/probe.ts';
import type { ClusterClient, ClusterEndpoint, Identity } from '../transport/cluster-client.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { type BootstrapCall, runBootstrap } from './bootstrap.ts';
import { buildManifest } from './manifest.ts';
import { requestOwnToken } from './own-token.ts';
import { ensureProjectNamespace } from './project-namespace.ts';
import { verifyCluster } from './verify.ts';

const fleets = await startBothFleets({ count: 1 });
afterAll(() => stopFleets(fleets));

const kinds = [
  { group: '', resource: 'namespaces' },
  { group: '', resource: 'pods' },
  { group: 'apps', resource: 'deployments' },
];
const fieldManager = 'quarterdeck-onboarding.testtest';
const manifest = buildManifest({ kinds });

describeFleets(fleets, 'onboarding a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const guard = createAddressGuard({ allow: [`127.0.0.1/32:${portOf(cluster)}`] });
  const clients: ClusterClient[] = [];
  afterAll(() => Promise.all(clients.map((client) => client.close())));
  let ours: ClusterEndpoint;

  function connect(endpoint: ClusterEndpoint): ClusterClient {
    const client = createClusterClient({ endpoint, guard });
    clients.push(client);
    return client;
  }

  function verify(endpoint: ClusterEndpoint, settleMs = 0) {
    return verifyCluster({ endpoint, guard, client: connect(endpoint), kinds, fieldManager, settleMs });
  }

  const pasted = () => endpointOf(cluster.kubeconfig);
  const withToken = (token: string): ClusterEndpoint => ({ ...pasted(), credential: { kind: 'token', token } });

  it('a pasted admin kubeconfig may set us up, and a dry run shows every object as new', async () => {
    const report = await verify(pasted());
    expect(report.checks.filter((check) => check.level === 'block')).toEqual([]);
    expect(report).toMatchObject({ acceptable: true, mode: 'apply', version: expect.stringMatching(/^v1\./) });
    expect(report.changes).toHaveLength(manifest.length);
    expect(new Set(report.changes.map(({ change }) => change))).toEqual(new Set(['create']));
    await expect(cluster.request('GET', '/api/v1/namespaces/quarterdeck-system')).rejects.toMatchObject({
      status: 404,
    });
  });

  it('the bootstrap keeps only the token of our ServiceAccount', async () => {
    const calls: BootstrapCall[] = [];
    const endpoint = pasted();
    ours = await runBootstrap({
      client: connect(endpoint),
      endpoint,
      manifest,
      fieldManager,
      onCall: (call) => void calls.push(call),
    });
    expect(ours.credential).toMatchObject({ kind: 'token' });
    expect(JSON.stringify(ours)).not.toContain(cluster.adminToken);
    expect(calls).toHaveLength(manifest.length + 1);
  });

  it('the stored credential passes every check', async () => {
    const report = await verify(ours, 15_000);
    expect(report.checks.filter((check) => check.level !== 'ok').map((check) => check.code)).toEqual([
      'metrics_missing',
    ]);
    expect(report).toMatchObject({
      acceptable: true,
      mode: 'ready',
      clusterUid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('the stored credential may do nothing by itself, and speak for nobody else', async () => {
    const client = connect(ours);
    const list = (identity: Identity | 'self') => client.request({ method: 'GET', path: '/api/v1/pods', identity });
    await expect(list('self')).resolves.toMatchObject({ status: 403 });
    await expect(list(workerIdentity)).resolves.toMatchObject({ status: 200 });
    await expect(list({ user: 'quarterdeck:person', groups: ['quarterdeck:viewers'] })).resolves.toMatchObject({
      status: 200,
    });
    await expect(list({ user: 'quarterdeck:person', groups: ['quarterdeck:members'] })).resolves.toMatchObject({
      status: 403,
    });
    await expect(list({ user: 'root', groups: ['quarterdeck:viewers'] })).resolves.toMatchObject({ status: 403 });
    await expect(list({ user: 'quarterdeck:worker', groups: ['masters'] })).resolves.toMatchObject({ status: 403 });
  });

  it.each([
    ['viewers', 'get', 'pods', 'exec', false],
    ['viewers', 'list', 'secrets', '', false],
    ['viewers', 'get', 'pods', 'log', true],
    ['deployers', 'patch', 'deployments.apps', '', true],
    ['deployers', 'create', 'pods', 'exec', true],
    ['deployers', 'impersonate', 'serviceaccounts', '', false],
    ['deployers', 'create', 'serviceaccounts', 'token', false],
    ['deployers', 'patch', 'nodes', '', false],
    ['operators', 'patch', 'nodes', '', true],
    ['operators', 'create', 'namespaces', '', false],
    ['admins', 'create', 'namespaces', '', true],
    ['admins', 'create', 'serviceaccounts', 'token', true],
    ['admins', 'create', 'clusterroles.rbac.authorization.k8s.io', '', false],
    ['admins', 'impersonate', 'users', '', false],
  ])('the rung %s: %s %s/%s is %s', async (rung, verb, kind, subresource, allowed) => {
    const [resource, ...group] = kind.split('.');
    const answer = await connect(ours).request<{ status: { allowed: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      identity: { user: 'quarterdeck:person', groups: ['quarterdeck:members', `quarterdeck:${rung}`] },
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace: 'default', verb, resource, subresource, group: group.join('.') } },
      },
    });
    expect(answer.body.status.allowed).toBe(allowed);
  });

  it('the worker makes a project namespace once, in which the groups of the project have their rungs', async () => {
    const client = connect(ours);
    const wanted = { namespace: 'onboarding-shop', project: { number: 7, slug: 'shop' }, installation: 'testtest' };
    await expect(ensureProjectNamespace(client, wanted)).resolves.toBe(true);
    await expect(ensureProjectNamespace(client, wanted)).resolves.toBe(false);

    const groups = ['quarterdeck:members', 'quarterdeck:p007:deployers'];
    const secrets = (namespace: string) =>
      client.request({
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/secrets`,
        identity: { user: 'quarterdeck:deployer', groups },
      });
    await expect(secrets('onboarding-shop')).resolves.toMatchObject({ status: 200 });
    await expect(secrets('default')).resolves.toMatchObject({ status: 403 });
  });

  it('a namespace of somebody else is left alone unless it is taken over on purpose', async () => {
    const client = connect(ours);
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'onboarding-foreign' } });
    const wanted = { namespace: 'onboarding-foreign', project: { number: 7, slug: 'shop' }, installation: 'testtest' };
    await expect(ensureProjectNamespace(client, wanted)).rejects.toMatchObject({ code: 'namespace_foreign' });
    await expect(ensureProjectNamespace(client, { ...wanted, adopt: true })).resolves.toBe(true);
    await expect(ensureProjectNamespace(client, { ...wanted, namespace: 'kube-system' })).rejects.toMatchObject({
      code: 'namespace_reserved',
    });
  });

  it('the worker may bind no role but our rungs', async () => {
    const answer = await connect(ours).request({
      method: 'POST',
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/onboarding-shop/rolebindings',
      identity: workerIdentity,
      body: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'too-much' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'quarterdeck:workers' }],
      },
    });
    expect(answer.status).toBe(403);
  });

  it('a second bootstrap finds nothing to change', async () => {
    const report = await verify(pasted());
    expect(new Set(report.changes.map(({ change }) => change))).toEqual(new Set(['unchanged']));
    const again = await runBootstrap({ client: connect(pasted()), endpoint: pasted(), manifest, fieldManager });
    expect(again).toEqual(ours);
  });

  it('a bootstrap that renews takes a token with an end, and the worker may ask for the next', async () => {
    const objects = buildManifest({ kinds, renewing: true });
    expect(objects.map(({ kind }) => kind)).not.toContain('Secret');
    const endpoint = await runBootstrap({
      client: connect(pasted()),
      endpoint: pasted(),
      manifest: objects,
      fieldManager,
      renewing: true,
    });
    const end = credentialExpiry(endpoint.credential);
    expect(end?.getTime()).toBeGreaterThan(Date.now());
    const next = await requestOwnToken(connect(endpoint), workerIdentity);
    expect(Math.abs(next.expiresAt.getTime() - Date.now() - 7 * 24 * 3600_000)).toBeLessThan(120_000);
    await expect(verify(withToken(next.token))).resolves.toMatchObject({ acceptable: true, mode: 'ready' });
  });

  it('a missing right is named with YAML that mends it', async () => {
    const moreKinds = [...kinds, { group: 'coordination.k8s.io', resource: 'leases' }];
    const ask = (settleMs = 0) =>
      verifyCluster({ endpoint: ours, guard, client: connect(ours), kinds: moreKinds, fieldManager, settleMs });
    const rights = (await ask()).checks.find((check) => check.id === 'rights');
    expect(rights).toMatchObject({ level: 'warn', code: 'missing_rights', detail: expect.stringContaining('leases') });
    for (const document of parseAllDocuments(rights?.remedy?.yaml ?? '')) {
      await cluster.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', document.toJS());
    }
    expect((await ask(15_000)).checks.find((check) => check.id === 'rights')).toMatchObject({ level: 'ok' });
  });

  it('a token without rights is refused, with the objects that are missing', async () => {
    const report = await verify(withToken(await cluster.createToken('default', 'nobody')));
    expect(report).toMatchObject({ acceptable: false, mode: 'manual' });
    expect(report.checks.find((check) => check.level === 'block')).toMatchObject({
      code: 'cluster_cannot_impersonate',
      remedy: { yaml: expect.stringContaining('quarterdeck-impersonator') },
    });
  });

  it('a made-up token is rejected, an expired certificate is named as expired', async () => {
    expect((await verify(withToken('made-up'))).checks.at(-1)).toMatchObject({ code: 'credential_rejected' });
    const certificate = await (await cluster.authority()).issueClient('someone', [], expired());
    const credential = { kind: 'client_certificate' as const, ...certificate };
    expect((await verify({ ...pasted(), credential })).checks.at(-1)).toMatchObject({ code: 'credential_expired' });
  });

  it('a wrong CA is untrusted before any credential is sent', async () => {
    const other = await createAuthority('another');
    const report = await verify({ ...pasted(), caPem: other.certPem });
    expect(report.checks.at(-1)).toMatchObject({ level: 'block', code: 'tls_untrusted' });
  });

  it('a client certificate works as well as a token', async () => {
    const endpoint = endpointOf(cluster.kubeconfigWithClientCert);
    expect(endpoint.credential.kind).toBe('client_certificate');
    await expect(verify(endpoint)).resolves.toMatchObject({ acceptable: true, mode: 'apply' });
  });

  it('the probe tells a good answer, another cluster, a rejected credential and a cut', async () => {
    const client = connect(ours);
    const { clusterUid } = await verify(ours);
    await expect(probeCluster(client, { expectedUid: clusterUid ?? '', readFacts: true })).resolves.toMatchObject({
      outcome: 'good',
      uid: clusterUid,
      version: expect.stringMatching(/^v1\./),
    });
    await expect(probeCluster(client, { expectedUid: 'other', readFacts: true })).resolves.toMatchObject({
      outcome: 'identity_changed',
    });
    await expect(probeCluster(connect(withToken('made-up')))).resolves.toMatchObject({ outcome: 'unauthorized' });
    await cluster.stopApiServer();
    await expect(probeCluster(client)).resolves.toMatchObject({ outcome: 'bad' });
    expect((await verify(ours)).checks.at(-1)).toMatchObject({ code: 'cluster_unreachable' });
  });
});

function portOf(cluster: TestCluster | undefined): number {
  return Number(new URL(cluster?.server ?? 'https://127.0.0.1:1').port);
}

function endpointOf(kubeconfig: string): ClusterEndpoint {
  const endpoint = parseKubeconfig(kubeconfig).contexts[0]?.endpoint;
  if (endpoint === undefined) throw new Error('the kubeconfig of the testbed is refused');
  return endpoint;
}
