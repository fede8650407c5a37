import { describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { chooseKinds, maxKinds } from './choose-kinds.ts';
import { createDiscovery } from './discover.ts';
import { aggregatedList, all, scriptedClient } from './scripted-discovery.fixture.ts';

const { signal } = new AbortController();
const core = aggregatedList({ '': [{ version: 'v1', resources: [{ resource: 'pods', kind: 'Pod' }] }] });

async function read(answers: Readonly<Record<string, object>>) {
  const { client, asked } = scriptedClient(({ path }) =>
    Object.hasOwn(answers, path) ? { body: answers[path] } : { status: 404 },
  );
  const found = await createDiscovery({ identity: workerIdentity }).read(client, signal);
  return { ...found, asked, names: found.kinds.map((kind) => `${kind.group}/${kind.version}/${kind.resource}`) };
}

describe('discovery', () => {
  it('reads all groups from two aggregated answers, as the worker', async () => {
    const { names, asked } = await read({
      '/api': core,
      '/apis': aggregatedList({
        apps: [{ version: 'v1', resources: [{ resource: 'deployments', kind: 'Deployment' }] }],
        'storage.k8s.io': [
          { version: 'v1', resources: [{ resource: 'storageclasses', kind: 'StorageClass', scope: 'Cluster' }] },
        ],
      }),
    });
    expect(names).toEqual(['/v1/pods', 'apps/v1/deployments', 'storage.k8s.io/v1/storageclasses']);
    expect(asked).toHaveLength(2);
    for (const { accept, identity } of asked) {
      expect(accept).toMatch(/v=v2;as=APIGroupDiscoveryList,.*v=v2beta1;.*,application\/json$/);
      expect(identity).toBe(workerIdentity);
    }
  });

  it('takes of each resource the best version that can be watched', async () => {
    const only = (verbs: string[]) => [{ resource: 'widgets', kind: 'Widget', verbs }];
    const versions = [
      { version: 'v2', resources: only(['get', 'create']) },
      { version: 'v1', resources: only(all) },
      { version: 'v1beta1', resources: only(all) },
    ];
    const { names } = await read({ '/api': core, '/apis': aggregatedList({ 'example.com': versions }) });
    expect(names).toContain('example.com/v1/widgets');
    expect(names).toHaveLength(2);
  });

  it('reads the plain answers of an older server, and says which groups did not answer', async () => {
    const group = (name: string, ...versions: string[]) => ({
      name,
      versions: versions.map((version) => ({ version })),
      preferredVersion: { version: versions[0] },
    });
    const { names, unanswered } = await read({
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/api/v1': {
        resources: [
          { name: 'pods', kind: 'Pod', namespaced: true, verbs: all },
          { name: 'pods/log', kind: 'Pod', verbs: ['get'] },
        ],
      },
      '/apis': { kind: 'APIGroupList', groups: [group('apps', 'v1', 'v1beta1'), group('metrics.example.com', 'v1')] },
      '/apis/apps/v1beta1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: all }] },
      '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: all }] },
    });
    expect(names).toEqual(['/v1/pods', 'apps/v1/deployments']);
    expect(unanswered).toEqual([]);
    const { client } = scriptedClient(({ path }) =>
      path === '/apis'
        ? { body: { groups: [group('metrics.example.com', 'v1')] } }
        : { status: path === '/api' ? 200 : 503 },
    );
    const found = await createDiscovery({ identity: workerIdentity }).read(client, signal);
    expect(found.unanswered.toSorted()).toEqual(['', 'metrics.example.com']);
  });

  it('names groups whose server is away', async () => {
    const versions = [{ version: 'v1', resources: [], freshness: 'Stale' }];
    const { unanswered } = await read({ '/api': core, '/apis': aggregatedList({ 'custom.example.com': versions }) });
    expect(unanswered).toEqual(['custom.example.com']);
  });

  it('asks with the tag of the former answer, and keeps that where nothing changed', async () => {
    const { client, asked } = scriptedClient(({ path, ifNoneMatch }) =>
      ifNoneMatch === `"${path}"`
        ? { status: 304, body: '' }
        : { body: path === '/api' ? core : aggregatedList({}), etag: `"${path}"` },
    );
    const discovery = createDiscovery({ identity: workerIdentity });
    const first = await discovery.read(client, signal);
    expect(first.unchanged).toBe(false);
    expect(await discovery.read(client, signal)).toEqual({ ...first, unchanged: true });
    expect(asked.map(({ ifNoneMatch }) => ifNoneMatch)).toEqual([undefined, undefined, '"/api"', '"/apis"']);
  });

  it('S58 leaves out what is no name, so that no answer of a cluster becomes a path', async () => {
    const resource = (name: unknown) => ({ resource: name as string, kind: 'X' });
    const odd = [
      resource('../secrets'),
      resource('pods/exec'),
      resource('a?watch=1'),
      resource('%2e%2e'),
      resource(''),
      resource(null),
      resource(7),
      { resource: 'fine', kind: '<b>' },
    ];
    const hostile = aggregatedList({
      'good.example.com': [
        { version: 'v1', resources: odd },
        { version: '../v1', resources: [resource('fine')] },
      ],
      '../../api': [{ version: 'v1', resources: [resource('fine')] }],
      'a..b': [{ version: 'v1', resources: [resource('fine')] }],
    });
    expect((await read({ '/api': core, '/apis': hostile })).names).toEqual(['/v1/pods']);
    for (const items of [null, 'x', [null, 1, { versions: 'x' }, { versions: [null] }]]) {
      const { names } = await read({ '/api': core, '/apis': { kind: 'APIGroupDiscoveryList', items } });
      expect(names).toEqual(['/v1/pods']);
    }
  });
});

describe('the kinds that are watched', () => {
  const served = (group: string, resource: string, version = 'v1', verbs: readonly string[] = all) => ({
    ...{ group, version, resource, kind: 'X', namespaced: true, verbs },
  });

  it('are all that can be listed and watched, without heartbeats, doubles and metrics, and with who may what', () => {
    const choice = chooseKinds(
      [
        served('', 'pods'),
        served('', 'endpoints'),
        served('', 'bindings', 'v1', ['create']),
        served('coordination.k8s.io', 'leases'),
        served('events.k8s.io', 'events'),
        served('metrics.k8s.io', 'pods', 'v1beta1', ['get', 'list']),
        served('rbac.authorization.k8s.io', 'roles'),
        served('gateway.networking.k8s.io', 'gateways', 'v1beta1'),
        served('example.com', 'widgets'),
      ],
      new Map([['widgets.example.com/v1', [{ name: 'Size', jsonPath: '.spec.size' }]]]),
    );
    expect(choice.known.map(({ resource, version }) => [resource, version])).toEqual([
      ['pods', 'v1'],
      ['roles', 'v1'],
      ['gateways', 'v1beta1'],
    ]);
    expect(choice.others.map(({ resource, columns }) => [resource, columns])).toEqual([['widgets', ['Size']]]);
  });

  it('are at most 150, those with a projection of their own first, and it is said how many are left out', () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      served('example.com', `kind${String(index).padStart(3, '0')}`),
    );
    const choice = chooseKinds([...many, served('', 'pods')], new Map());
    expect(choice.known.length + choice.others.length).toBe(maxKinds);
    expect(choice.others.at(0)?.resource).toBe('kind000');
    expect(choice.beyond).toBe(51);
  });
});
