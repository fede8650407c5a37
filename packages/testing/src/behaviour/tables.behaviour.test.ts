import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { configMap, deployment, type KubeList, makeNamespace } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-tables';
const core = `/api/v1/namespaces/${namespace}`;
const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

type Table = {
  kind: string;
  apiVersion: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: { name: string; type: string; format: string; priority: number }[] | null;
  rows: { cells: unknown[]; object: { kind: string; metadata: { name: string } } | null }[];
};

const containers = 'Containers+ Images+ Selector+';
/** Columns by path; `+` marks those that only a wide table shows, a word behind a colon their type where it is no string. */
const columns: [path: string, columns: string][] = [
  ['/api/v1/pods', 'Name Ready Status Restarts Age IP+ Node+ Nominated_Node+ Readiness_Gates+'],
  ['/apis/apps/v1/deployments', `Name Ready Up-to-date Available Age ${containers}`],
  ['/apis/apps/v1/replicasets', `Name Desired:integer Current:integer Ready:integer Age ${containers}`],
  ['/apis/apps/v1/statefulsets', 'Name Ready Age Containers+ Images+'],
  [
    '/apis/apps/v1/daemonsets',
    `Name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer Node_Selector Age ${containers}`,
  ],
  ['/apis/apps/v1/controllerrevisions', 'Name Controller Revision Age'],
  ['/apis/batch/v1/jobs', `Name Status Completions Duration Age ${containers}`],
  ['/apis/batch/v1/cronjobs', `Name Schedule Timezone Suspend:boolean Active:integer Last_Schedule Age ${containers}`],
  ['/api/v1/services', 'Name Type Cluster-IP External-IP Port(s) Age Selector+'],
  ['/apis/networking.k8s.io/v1/ingresses', 'Name Class Hosts Address Ports Age'],
  ['/apis/networking.k8s.io/v1/ingressclasses', 'Name Controller Parameters Age'],
  ['/apis/networking.k8s.io/v1/networkpolicies', 'Name Pod-Selector Age'],
  ['/apis/discovery.k8s.io/v1/endpointslices', 'Name AddressType Ports Endpoints Age'],
  [
    '/api/v1/nodes',
    'Name Status Roles Age Version Internal-IP+ External-IP+ OS-Image+ Kernel-Version+ Container-Runtime+',
  ],
  ['/api/v1/namespaces', 'Name Status Age'],
  ['/api/v1/events', 'Last_Seen Type Reason Object Subobject+ Source+ Message First_Seen+ Count+ Name+'],
  ['/api/v1/configmaps', 'Name Data Age'],
  ['/api/v1/secrets', 'Name Type Data Age'],
  ['/api/v1/serviceaccounts', 'Name Secrets Age'],
  ['/api/v1/resourcequotas', 'Name Request Limit Age'],
  ['/api/v1/limitranges', 'Name Created_At:date'],
  [
    '/api/v1/persistentvolumes',
    'Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age VolumeMode+',
  ],
  [
    '/api/v1/persistentvolumeclaims',
    'Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode+',
  ],
  [
    '/apis/storage.k8s.io/v1/storageclasses',
    'Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age',
  ],
  ['/apis/autoscaling/v2/horizontalpodautoscalers', 'Name Reference Targets MinPods MaxPods Replicas Age'],
  ['/apis/policy/v1/poddisruptionbudgets', 'Name Min_Available Max_Unavailable Allowed_Disruptions:integer Age'],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', 'Name Value:integer Global-Default:boolean Age PreemptionPolicy'],
  ['/apis/coordination.k8s.io/v1/leases', 'Name Holder Age'],
  ['/apis/rbac.authorization.k8s.io/v1/roles', 'Name Created_At:date'],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'Name Created_At:date'],
  ['/apis/rbac.authorization.k8s.io/v1/rolebindings', 'Name Role Age Users+ Groups+ ServiceAccounts+'],
  ['/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 'Name Role Age Users+ Groups+ ServiceAccounts+'],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'Name Created_At:date'],
];

describeFleets(fleets, 'tables of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    const labels = { suite: 'tables' };
    await cluster.request('POST', `${core}/configmaps`, configMap('two', { a: '1', b: '2' }, { labels }));
    await cluster.request('POST', `${core}/configmaps`, configMap('one', { a: '1' }, { labels }));
    await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('shown'));
  });
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  const table = (path: string) => cluster.request<Table>('GET', path, undefined, { headers: { accept } });
  const inShort = ({ columnDefinitions }: Table) =>
    (columnDefinitions ?? [])
      .map(({ name, type, priority }) => {
        const words = `${name.replaceAll(' ', '_')}${type === 'string' ? '' : `:${type}`}`;
        return priority === 1 ? `${words}+` : words;
      })
      .join(' ');

  it.each(columns)('%s has the columns that kubectl prints', async (path, expected) => {
    const shown = await table(`${path}?limit=1`);
    expect([shown.kind, shown.apiVersion]).toEqual(['Table', 'meta.k8s.io/v1']);
    expect(inShort(shown)).toBe(expected);
  });

  it('a row has a cell for each column, and the metadata of its object', async () => {
    await waitFor('the pod', async () => {
      const { items } = await cluster.request<KubeList>('GET', `${core}/pods`);
      return items[0]?.status?.phase === 'Running' && items.length === 1;
    });
    const deployments = await waitFor('it to be ready', async () => {
      const shown = await table(`/apis/apps/v1/namespaces/${namespace}/deployments`);
      return shown.rows[0]?.cells[1] === '1/1' ? shown : undefined;
    });
    const age = expect.stringMatching(/^\d+s$/);
    expect(deployments.rows[0]?.cells).toEqual([
      'shown',
      '1/1',
      1,
      1,
      age,
      'app',
      'registry.example/web:1',
      'app=shown',
    ]);
    expect(deployments.rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'shown' } });
    const pods = await table(`${core}/pods`);
    expect(pods.rows[0]?.cells).toEqual([
      expect.stringMatching(/^shown-/),
      '1/1',
      'Running',
      '0',
      age,
      expect.stringMatching(/^[\d.]+$/),
      expect.stringContaining('node'),
      '<none>',
      '<none>',
    ]);
    const one = await table(`${core}/configmaps/two`);
    expect(one.rows.map(({ cells }) => cells)).toEqual([['two', 2, age]]);
    expect((await table(`${core}/configmaps/two?includeObject=Object`)).rows[0]?.object).toMatchObject({
      kind: 'ConfigMap',
      data: { a: '1', b: '2' },
    });
    expect((await table(`${core}/configmaps/two?includeObject=None`)).rows[0]?.object).toBeNull();
  });

  it('pages are tables too, and a watch names its columns once', async () => {
    const selected = `${core}/configmaps?labelSelector=suite%3Dtables`;
    const first = await table(`${selected}&limit=1`);
    expect(first.metadata.continue).toEqual(expect.any(String));
    const next = await table(`${selected}&limit=1&continue=${first.metadata.continue}`);
    expect([...first.rows, ...next.rows].map(({ cells }) => cells[0])).toEqual(['one', 'two']);
    const stream = await cluster.stream(`${selected}&watch=1&resourceVersion=0`, { headers: { accept } });
    const events: { type: string; object: Table }[] = [];
    for await (const line of stream.lines) {
      events.push(JSON.parse(line));
      if (events.length === 2) break;
    }
    stream.close();
    expect(events.map(({ type, object }) => [type, object.kind, object.rows.length])).toEqual([
      ['ADDED', 'Table', 1],
      ['ADDED', 'Table', 1],
    ]);
    expect(events.map(({ object }) => object.columnDefinitions?.length)).toEqual([3, undefined]);
  });

  it('a large answer is compressed for who takes it, a small one is not', async () => {
    const big = configMap('big', { text: 'ü'.repeat(100_000) });
    await cluster.request('POST', `${core}/configmaps`, big);
    const encodingOf = async (path: string, encoding: string) => {
      let seen: unknown;
      await cluster
        .request('GET', path, undefined, {
          headers: { 'accept-encoding': encoding },
          onHeaders: (headers) => {
            seen = headers['content-encoding'];
          },
        })
        // What is compressed is no JSON to a client that does not unpack it.
        .catch((error: unknown) => {
          if (!(error instanceof SyntaxError)) throw error;
        });
      return seen;
    };
    expect(await encodingOf(`${core}/configmaps/big`, 'gzip')).toBe('gzip');
    expect(await encodingOf(`${core}/configmaps/big`, 'identity')).toBeUndefined();
    expect(await encodingOf(`${core}/configmaps/two`, 'gzip')).toBeUndefined();
  });
});
