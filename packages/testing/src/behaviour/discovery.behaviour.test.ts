import { afterAll, expect, inject, it } from 'vitest';
import { refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

type Resource = { name: string; namespaced: boolean; kind: string; verbs: string[]; shortNames?: string[] };

/** What the product watches, writes and asks for, by group. */
const used = {
  '': [
    'namespaces',
    'nodes',
    'pods',
    'services',
    'events',
    'configmaps',
    'secrets',
    'serviceaccounts',
    'limitranges',
    'persistentvolumeclaims',
    'persistentvolumes',
  ],
  apps: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  batch: ['jobs', 'cronjobs'],
  'discovery.k8s.io': ['endpointslices'],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  autoscaling: ['horizontalpodautoscalers'],
  'networking.k8s.io': ['ingresses', 'ingressclasses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'scheduling.k8s.io': ['priorityclasses'],
  'storage.k8s.io': ['storageclasses'],
  'rbac.authorization.k8s.io': ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'],
};

describeFleets(fleets, 'discovery of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];

  it('tells its version and that it is ready', async () => {
    expect(await cluster.request('GET', '/version')).toMatchObject({ major: '1', gitVersion: 'v1.34.4' });
    expect(await cluster.request('GET', '/readyz')).toBe('ok');
  });

  it('names its groups', async () => {
    expect(await cluster.request('GET', '/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const { groups } = await cluster.request<{
      groups: { name: string; versions: unknown; preferredVersion: unknown }[];
    }>('GET', '/apis');
    const names = groups.map(({ name }) => name);
    const needed = [
      ...Object.keys(used).filter((name) => name !== ''),
      'authentication.k8s.io',
      'authorization.k8s.io',
    ];
    expect(names).toEqual(expect.arrayContaining(needed));
    const apps = { groupVersion: 'apps/v1', version: 'v1' };
    expect(groups.find(({ name }) => name === 'apps')).toEqual({
      name: 'apps',
      versions: [apps],
      preferredVersion: apps,
    });
  });

  it.each(Object.entries(used))('serves what is used of group "%s"', async (group, plurals) => {
    const version = group === 'autoscaling' ? 'v2' : 'v1';
    const path = group === '' ? '/api/v1' : `/apis/${group}/${version}`;
    const list = await cluster.request<{ kind: string; resources: Resource[] }>('GET', path);
    expect(list.kind).toBe('APIResourceList');
    for (const plural of plurals) {
      const found = list.resources.find(({ name }) => name === plural);
      expect(found?.verbs, plural).toEqual(
        expect.arrayContaining(['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']),
      );
    }
    const scopes = list.resources
      .filter(({ name }) => plurals.includes(name))
      .map(({ name, namespaced, kind }) => [name, namespaced, kind]);
    const clusterWide = [
      'namespaces',
      'nodes',
      'clusterroles',
      'clusterrolebindings',
      'customresourcedefinitions',
      'ingressclasses',
      'persistentvolumes',
      'priorityclasses',
      'storageclasses',
    ];
    expect(scopes.map(([name, namespaced]) => [name, namespaced])).toEqual(
      scopes.map(([name]) => [name, !clusterWide.includes(String(name))]),
    );
  });

  it('knows its kinds by the names that people type', async () => {
    const core = await cluster.request<{ resources: Resource[] }>('GET', '/api/v1');
    const names = core.resources.filter(({ shortNames }) => shortNames !== undefined);
    expect(Object.fromEntries(names.map(({ name, shortNames }) => [name, shortNames]))).toMatchObject({
      configmaps: ['cm'],
      events: ['ev'],
      namespaces: ['ns'],
      nodes: ['no'],
      pods: ['po'],
      resourcequotas: ['quota'],
      serviceaccounts: ['sa'],
      services: ['svc'],
    });
  });

  it('tells what can be done below an object', async () => {
    const verbsOf = async (path: string, name: string) =>
      (await cluster.request<{ resources: Resource[] }>('GET', path)).resources.find((each) => each.name === name)
        ?.verbs;
    expect(await verbsOf('/apis/apps/v1', 'statefulsets/scale')).toEqual(['get', 'patch', 'update']);
    expect(await verbsOf('/apis/apps/v1', 'daemonsets/status')).toEqual(['get', 'patch', 'update']);
    expect(await verbsOf('/apis/apps/v1', 'daemonsets/scale')).toBeUndefined();
    expect(await verbsOf('/api/v1', 'pods/eviction')).toEqual(['create']);
    expect(await verbsOf('/api/v1', 'pods/log')).toEqual(['get']);
    expect(await verbsOf('/api/v1', 'configmaps/status')).toBeUndefined();
  });

  it('gives all of it in one aggregated answer', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    type Aggregated = {
      kind: string;
      items: {
        metadata: { name?: string };
        versions: { version: string; resources: { resource: string; scope: string; verbs: string[] }[] }[];
      }[];
    };
    let type: string | undefined;
    const { kind, items } = await cluster.request<Aggregated>('GET', '/apis', undefined, {
      headers: { accept },
      onHeaders: (headers) => {
        type = headers['content-type'];
      },
    });
    // By the type clients tell it from the plain answer.
    expect(type).toBe(accept);
    expect(kind).toBe('APIGroupDiscoveryList');
    const apps = items.find(({ metadata }) => metadata.name === 'apps')?.versions[0];
    expect(apps?.version).toBe('v1');
    expect(apps?.resources.find(({ resource }) => resource === 'deployments')).toMatchObject({ scope: 'Namespaced' });
  });

  it('does not send what the reader has already', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    let etag = '';
    await cluster.request('GET', '/api', undefined, {
      headers: { accept },
      onHeaders: (headers) => {
        etag = String(headers.etag);
      },
    });
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    const again = { accept, 'if-none-match': etag };
    // 304 has no body.
    expect(await cluster.request('GET', '/api', undefined, { headers: again })).toBe('');
  });

  it('does not know what it does not serve', async () => {
    expect(await refusal(cluster.request('GET', '/apis/nope.example.com/v1'))).toMatchObject({ status: 404 });
    expect(await refusal(cluster.request('GET', '/api/v1/nope'))).toMatchObject({
      status: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  });

  it('refuses a token it does not know, and shows strangers nothing but its health', async () => {
    expect(await refusal(cluster.request('GET', '/api', undefined, { token: 'made-up' }))).toMatchObject({
      status: 401,
      reason: 'Unauthorized',
    });
    expect(await refusal(cluster.request('GET', '/api/v1', undefined, { token: undefined }))).toMatchObject({
      status: 403,
      message: 'forbidden: User "system:anonymous" cannot get path "/api/v1"',
    });
    expect(await cluster.request('GET', '/readyz', undefined, { token: undefined })).toBe('ok');
  });
});
