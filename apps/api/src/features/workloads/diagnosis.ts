import type { Diagnosis } from '@quarterdeck/contracts';
import {
  type ClusterClient,
  diagnose,
  type Identity,
  isUnschedulable,
  newestRevision,
  objectHealth,
  type RevisionedKind,
} from '@quarterdeck/kubernetes';
import { invalid } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, mapClusterError, personIdentity } from '../clusters/index.ts';
import { type ObjectAddress, objectPathIn, readObject } from './object-address.ts';

const kinds = new Map<string, RevisionedKind>([
  ['deployments', 'Deployment'],
  ['statefulsets', 'StatefulSet'],
  ['daemonsets', 'DaemonSet'],
]);

export type WorkloadAddress = Omit<ObjectAddress, 'group'>;

export interface Diagnoses {
  /**
   * Looks at a workload as its cluster has it now, as the person who asks: what they may not see, such as nodes, is left
   * out of the judgement.
   * @throws AppError `object_not_found` | `cluster_forbidden` | `cluster_unreachable` …
   */
  of(principal: Principal, address: WorkloadAddress): Promise<Diagnosis>;
}

type Live = { kind?: string; spec?: { selector?: { matchLabels?: Record<string, string> } } } & Record<string, unknown>;

const most = 500;

/** Why workloads do not run, by the same judgement that ends a rollout; whoever looks is told at once, without its patience. */
export function createDiagnoses({ access, connections }: { access: Access; connections: Connections }): Diagnoses {
  return {
    async of(principal, { plural, ...place }) {
      const client = await connections.for(place.clusterId);
      const kind = kinds.get(plural);
      if (kind === undefined)
        throw invalid('kind_not_judged', 'Only deployments, statefulsets and daemonsets are judged.', 'path/plural');
      const identity = await personIdentity(access, principal, place.clusterId, place.namespace);
      const address = { ...place, group: 'apps', plural };
      const path = await objectPathIn(client, identity, address);
      const workload = { ...(await readObject<Live>(client, identity, { path, address })), kind };
      const health = objectHealth(workload);
      const verdict = diagnose(await evidenceOf(client, identity, place.namespace, workload));
      return {
        ...health,
        ...(health.state === 'current' || verdict === undefined ? {} : { verdict }),
        readAt: new Date().toISOString(),
      };
    },
  };
}

async function evidenceOf(
  client: ClusterClient,
  identity: Identity,
  namespace: string,
  workload: Live & { kind: RevisionedKind },
): Promise<Parameters<typeof diagnose>[0]> {
  /** What the person may list; nothing where they may not. */
  async function list(path: string, labelSelector?: string): Promise<object[]> {
    const query = { limit: most, ...(labelSelector === undefined ? {} : { labelSelector }) };
    const response = await client
      .request<{ items?: object[] }>({ method: 'GET', path, identity, priority: 'interactive', query })
      .catch(mapClusterError);
    return response.status === 200 ? (response.body.items ?? []) : [];
  }
  const inNamespace = (api: string, plural: string) => `/${api}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  const labels = Object.entries(workload.spec?.selector?.matchLabels ?? {});
  const selector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  const [pods, replicaSets, events] = await Promise.all([
    list(inNamespace('api/v1', 'pods'), selector),
    workload.kind === 'Deployment' ? list(inNamespace('apis/apps/v1', 'replicasets'), selector) : [],
    list(inNamespace('api/v1', 'events')),
  ]);
  const { set, pods: mine } = newestRevision<object>(workload.kind, workload, { replicaSets, pods });
  const waits = mine.some(isUnschedulable);
  const [nodes, budgets] = waits
    ? await Promise.all([list('/api/v1/nodes'), list(inNamespace('apis/policy/v1', 'poddisruptionbudgets'))])
    : [[], []];
  return {
    deployment: workload,
    replicaSets: set === undefined ? [] : [set],
    pods: mine,
    otherPods: pods.filter((pod) => !mine.includes(pod)),
    events,
    nodes,
    budgets,
  };
}
