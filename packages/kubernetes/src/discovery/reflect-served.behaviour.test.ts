import { createAddressGuard } from '@quarterdeck/outbound';
import { describeFleets, startBothFleets, stopFleets, type TestCluster } from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { qualifiedName } from '../kinds/kind.ts';
import { readableKinds } from '../kinds/watched-kinds.ts';
import { inventoryRules } from '../onboarding/manifest.ts';
import type { ObjectRow } from '../projection/row.ts';
import type { ClusterClient } from '../transport/cluster-client.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { systemClock } from '../watch/clock.ts';
import { createPacing } from '../watch/pacing.ts';
import type { Sink } from '../watch/sink.ts';
import { reflectServed } from './reflect-served.ts';

const fleets = await startBothFleets({ count: 1, controllers: false });
afterAll(() => stopFleets(fleets));

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const secretText = 'aHVudGVyMi1mb3ItdGhlLXRlc3Q=';
const confidential = { metadata: { name: 'confidential' }, type: 'Opaque', data: { password: secretText } };

async function allow(cluster: TestCluster, name: string, rules: readonly object[]): Promise<void> {
  await cluster.request('POST', `${rbac}/clusterroles`, { metadata: { name }, rules });
  await cluster.request('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'quarterdeck:workers' }],
  });
}

/** Rows and states by kind, in memory. */
function createRows() {
  const rows = new Map<string, Map<string, ObjectRow>>();
  const states = new Map<string, string>();
  const reasons = new Map<string, string>();
  const served = new Set<string>();
  const of = (name: string) => {
    const found = rows.get(name) ?? new Map<string, ObjectRow>();
    rows.set(name, found);
    return found;
  };
  const sink: Sink = {
    position: async () => ({ resourceVersion: undefined, rows: 0 }),
    countUnseen: async () => ({ unseen: 0, rows: 0 }),
    async store({ kind, puts, deletes, complete }) {
      const kept = of(qualifiedName(kind));
      for (const { namespace, name } of deletes) kept.delete(`${namespace}/${name}`);
      for (const row of puts) kept.set(`${row.namespace}/${row.name}`, row);
      if (complete !== undefined) for (const [key, row] of kept) if (!complete.has(row.uid)) kept.delete(key);
    },
    async changeState(kind, state, reason) {
      states.set(qualifiedName(kind), state);
      if (reason !== undefined) reasons.set(qualifiedName(kind), reason);
    },
    async serves(kinds, { forgetOthers }) {
      served.clear();
      for (const kind of kinds) served.add(qualifiedName(kind));
      if (forgetOthers) for (const name of rows.keys()) if (!served.has(name)) rows.delete(name);
    },
  };
  return { sink, of, states, reasons, served };
}

describeFleets(fleets, 'what a $kind cluster serves', ({ kind, clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  beforeAll(async () => {
    await cluster.request('POST', '/api/v1/namespaces/default/secrets', confidential);
    await allow(cluster, 'served-workers', inventoryRules(readableKinds));
  });

  function follow() {
    const { server, caPem, adminToken } = cluster;
    const guard = createAddressGuard({ allow: [`127.0.0.1/32:${new URL(server).port}`] });
    const real = createClusterClient({
      endpoint: { server, caPem, credential: { kind: 'token', token: adminToken } },
      guard,
    });
    const received: string[] = [];
    const client: ClusterClient = {
      ...real,
      async stream(request) {
        const stream = await real.stream(request);
        stream.body.on('data', (chunk: Buffer) => received.push(chunk.toString('utf8')));
        stream.body.pause();
        return stream;
      },
    };
    const rows = createRows();
    const failures: unknown[] = [];
    const reflection = reflectServed({
      cluster: kind,
      connect: async () => client,
      identity: workerIdentity,
      sink: rows.sink,
      clock: systemClock,
      pacing: createPacing({ clock: systemClock, startsPerSecond: 1000 }),
      onDefect: (error) => failures.push(error),
      onFailure: (error) => failures.push(error),
    });
    ends.push(async () => {
      await reflection.stop();
      await real.close();
      expect(failures).toEqual([]);
    });
    return { ...rows, received };
  }
  const until = (what: () => unknown) => expect.poll(what);

  it('is watched kind by kind, each by its own projection', async () => {
    const policy = { metadata: { name: 'deny' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } };
    await cluster.request('POST', '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', policy);
    await cluster.request('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
      metadata: { name: 'high' },
      value: 1000,
    });
    await cluster.request('POST', '/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 'fast' },
      provisioner: 'csi.example.com',
    });
    const { of, states, served } = follow();
    await until(() => of('networkpolicies.networking.k8s.io').get('default/deny')?.facts).toMatchObject({ all: true });
    await until(() => of('priorityclasses.scheduling.k8s.io').get('/high')?.facts).toMatchObject({ value: 1000 });
    await until(() => of('storageclasses.storage.k8s.io').get('/fast')?.facts).toMatchObject({
      provisioner: 'csi.example.com',
      binding: 'Immediate',
    });
    await until(() =>
      [...served].filter((name) => !['streaming', 'forbidden'].includes(states.get(name) ?? '')),
    ).toEqual([]);
    expect(states.get('pods')).toBe('streaming');
    // Without a projection of their own, and readable by the manifest alone.
    for (const { group, resource } of readableKinds) {
      const name = qualifiedName({ group, resource });
      if (served.has(name)) expect(states.get(name), name).toBe('streaming');
    }
    expect(states.get('validatingadmissionpolicies.admissionregistration.k8s.io')).toBe('streaming');
    for (const name of ['endpoints', 'leases.coordination.k8s.io', 'events.events.k8s.io']) {
      expect(served.has(name), name).toBe(false);
    }
  });

  it('of Secrets and ConfigMaps nothing but metadata crosses the wire', async () => {
    const { of, received } = follow();
    await until(() => of('secrets').has('default/confidential')).toBe(true);
    const labelled = { metadata: { labels: { seen: 'yes' } }, data: { password: secretText } };
    await cluster.request('PATCH', '/api/v1/namespaces/default/secrets/confidential', labelled);
    await until(() => of('secrets').get('default/confidential')?.labels).toEqual({ seen: 'yes' });
    expect(received.join('')).toContain('PartialObjectMetadata');
    expect(received.join('')).not.toContain(secretText);
  });

  it('follows a definition that comes, is allowed, and goes, with the columns that it prints', async () => {
    const { of, states, served } = follow();
    await until(() => states.get('pods')).toBe('streaming');
    await cluster.request('POST', definitions, widgetDefinition);
    await until(() => states.get('widgets.example.com')).toBe('forbidden');
    await allow(cluster, 'widget-workers', [
      { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['list', 'watch'] },
    ]);
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'first' }, spec: { size: 3 } };
    await until(() =>
      cluster.request('POST', widgets, widget).then(
        () => true,
        () => false,
      ),
    ).toBe(true);
    // Any change of a definition makes discovery look again; new rights are found with it.
    await cluster.request('PATCH', `${definitions}/widgets.example.com`, {
      metadata: { labels: { touched: 'yes' } },
    });
    await until(() => of('widgets.example.com').get('default/first')?.facts).toMatchObject({
      columns: { Size: '3' },
    });
    await cluster.request('DELETE', `${definitions}/widgets.example.com`);
    await until(() => served.has('widgets.example.com')).toBe(false);
    await until(() => of('widgets.example.com').size).toBe(0);
  });

  // The simulator serves one version of a definition and calls no webhooks.
  if (kind !== 'real') return;
  it('keeps the rows of a kind whose conversion webhook is away, says so, and goes on after', async () => {
    const gears = '/apis/example.com/v1/namespaces/default/gears';
    await cluster.request('POST', definitions, gearDefinition);
    await allow(cluster, 'gear-workers', [
      { apiGroups: ['example.com'], resources: ['gears'], verbs: ['list', 'watch'] },
    ]);
    const gear = { apiVersion: 'example.com/v1', kind: 'Gear', metadata: { name: 'first' } };
    await until(() =>
      cluster.request('POST', gears, gear).then(
        () => true,
        () => false,
      ),
    ).toBe(true);
    const { of, states, reasons } = follow();
    await until(() => states.get('gears.example.com')).toBe('streaming');
    const convert = (conversion: object) =>
      cluster.request('PATCH', `${definitions}/gears.example.com`, { spec: { conversion } });
    const clientConfig = { url: 'https://127.0.0.1:1/convert' };
    await convert({ strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } });
    await until(() => states.get('gears.example.com')).toBe('stale');
    await until(() => reasons.get('gears.example.com')).toContain('conversion webhook');
    expect([...of('gears.example.com').keys()]).toEqual(['default/first']);
    expect(states.get('pods')).toBe('streaming');
    // The version that is stored can be written meanwhile.
    await cluster.request('PATCH', `${gears}/first`, { metadata: { labels: { meanwhile: 'yes' } } });
    await convert({ strategy: 'None', webhook: null });
    await until(() => of('gears.example.com').get('default/first')?.labels).toEqual({ meanwhile: 'yes' });
    await until(() => states.get('gears.example.com')).toBe('streaming');
  });
});

/** Two versions, the newer preferred, the older stored. */
const gearDefinition = {
  metadata: { name: 'gears.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'gears', singular: 'gear', kind: 'Gear', listKind: 'GearList' },
    versions: ['v1', 'v2'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    })),
  },
};

const widgetDefinition = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Wide', type: 'string', jsonPath: '.spec.wide', priority: 1 },
        ],
      },
    ],
  },
};
