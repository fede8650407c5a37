import { type Cluster, failAnnotation, failInitAnnotation } from '@quarterdeck/testing';
import { benchNamespace } from './delivery-fleet.ts';
import { together, webManifests } from './delivery-manifests.ts';

/** One of the 15 classes, as somebody who errs brings it into a cluster. */
export type DiagnosisCase = {
  code: string;
  /** What goes out well before it, one release after the other. */
  before?: readonly string[];
  /** What somebody does to the cluster then. */
  spoil?: () => Promise<unknown>;
  /** What goes out at last; `back`: the first of those before it once more, which no look before a write holds up. */
  release: string | 'back';
};

const priority = 'bench-none-allowed';

/** Makes what the cases need in a cluster, once the namespace is there. */
export async function prepareCases(cluster: Cluster): Promise<DiagnosisCase[]> {
  const pool = async (name: string, capacity?: Record<string, string>) =>
    (await cluster.addNodes(1, { labels: { pool: name }, ...(capacity === undefined ? {} : { capacity }) }))[0] ?? '';
  const [tainted, relabelled, draining, small] = [
    await pool('tainted'),
    await pool('relabelled'),
    await pool('draining'),
    await pool('small', { cpu: '1' }),
  ];
  const change = (node: string, to: object) => cluster.request('PATCH', `/api/v1/nodes/${node}`, to);
  // For pods of one priority alone, so that the quota says nothing about the others.
  await cluster.request('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
    metadata: { name: priority },
    value: 10,
  });
  await cluster.request('POST', `/api/v1/namespaces/${benchNamespace}/resourcequotas`, {
    metadata: { name: priority },
    spec: {
      hard: { pods: '0' },
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: [priority] }] },
    },
  });
  await cluster.request('PATCH', `/api/v1/namespaces/${benchNamespace}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  });
  const failing = (code: string, mode: string): DiagnosisCase => ({
    code,
    release: webManifests(slugOf(code), { annotations: { [failAnnotation]: mode } }),
  });
  /** Went out twice to nodes that it chose, and goes back to them once they are spoilt. */
  const onNodes = (
    code: string,
    chosen: string,
    spoil: DiagnosisCase['spoil'],
    more: { resources?: object; budget?: boolean } = {},
  ): DiagnosisCase => ({
    code,
    before: [1, 2].map((version) => {
      const options = { image: `registry.example.com/bench/web:${version}` };
      const web = changed(slugOf(code), options, { nodeSelector: { pool: chosen } }, more.resources);
      return more.budget === true ? `${web}\n---\n${budget(slugOf(code))}` : web;
    }),
    ...(spoil === undefined ? {} : { spoil }),
    release: 'back',
  });
  return [
    failing('image_pull', 'image-pull'),
    failing('crash_loop', 'crash-loop'),
    failing('oom_killed', 'out-of-memory'),
    failing('probe_failing', 'liveness'),
    failing('secret_missing', 'secret-missing'),
    failing('config_missing', 'configmap-missing'),
    {
      code: 'init_failed',
      release: changed(
        'init-failed',
        { annotations: { [failInitAnnotation]: 'migrate' } },
        { initContainers: [{ name: 'migrate', image: 'registry.example.com/bench/migrate:1' }] },
      ),
    },
    {
      code: 'volume_pending',
      release: changed(
        'volume-pending',
        {},
        { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'nobody-made-it' } }] },
      ),
    },
    { code: 'quota_exceeded', release: changed('quota-exceeded', {}, { priorityClassName: priority }) },
    { code: 'admission_denied', release: changed('admission-denied', {}, { hostNetwork: true }) },
    {
      code: 'immutable_field',
      before: [webManifests('immutable-field')],
      release: webManifests('immutable-field').replaceAll('"app":"immutable-field"', '"app":"another"'),
    },
    onNodes('unschedulable_affinity', 'relabelled', () =>
      change(relabelled, { metadata: { labels: { pool: 'another' } } }),
    ),
    onNodes('unschedulable_taint', 'tainted', () =>
      change(tainted, { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
    ),
    onNodes('unschedulable_resources', 'small', () => fill(cluster, small), {
      resources: { requests: { cpu: '300m', memory: '16Mi' } },
    }),
    onNodes('pdb_blocked', 'draining', () => change(draining, { spec: { unschedulable: true } }), { budget: true }),
  ];
}

export const slugOf = (code: string) => code.replaceAll('_', '-');

/** Somebody else's pod takes what was left of a node. */
function fill(cluster: Cluster, nodeName: string): Promise<unknown> {
  const resources = { requests: { cpu: '600m' } };
  return cluster.request('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name: 'filler' },
    spec: { nodeName, containers: [{ name: 'app', image: 'registry.example.com/bench/filler:1', resources }] },
  });
}

/** The web service with something of its pod changed. */
function changed(name: string, options: Parameters<typeof webManifests>[1], pod: object, resources?: object): string {
  const [deployment, service] = webManifests(name, options)
    .split('\n---\n')
    .map((text) => JSON.parse(text)) as [{ spec: { template: { spec: { containers: object[] } } } }, object];
  const { spec } = deployment.spec.template;
  Object.assign(spec, pod);
  if (resources !== undefined) Object.assign(spec.containers[0] ?? {}, { resources });
  return together([deployment, service]);
}

/** A budget that lets none of its pods go. */
function budget(name: string): string {
  return JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable: 1, selector: { matchLabels: { app: name } } },
  });
}
