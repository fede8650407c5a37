import { kindsWithLogs } from '@quarterdeck/contracts';
import { AppError, invalid } from '../../../platform/errors.ts';
import { objectPathIn, readObject } from '../object-address.ts';
import type { LogPlace } from './cluster-logs.ts';
import type { Pod } from './pod-containers.ts';

const groups = new Map(Object.entries(kindsWithLogs));

const owningKinds = new Map([
  ['statefulsets', 'StatefulSet'],
  ['daemonsets', 'DaemonSet'],
  ['replicasets', 'ReplicaSet'],
  ['jobs', 'Job'],
]);

type Selector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key?: string; operator?: string; values?: string[] }[];
};
type Workload = { spec?: { selector?: Selector } };

/** Which pods of a namespace are those of a workload. */
export type PodsOf = { labelSelector: string; belongs(pod: Pod): boolean };

/** The API group of a kind that makes pods. */
export const groupOf = (plural: string): string => groups.get(plural) ?? 'apps';

/** @throws AppError 422 `kind_without_pods` */
export function refuseWithoutPods(plural: string): void {
  if (!groups.has(plural))
    throw invalid('kind_without_pods', `Logs are of ${[...groups.keys()].join(', ')}.`, 'path/plural');
}

/**
 * Asks the cluster which pods are those of a workload.
 * @throws AppError `object_not_found` | `cluster_forbidden` | `cluster_unreachable` …
 */
export async function podsOf(
  { client, identity, namespace }: LogPlace,
  { clusterId, plural, name }: { clusterId: string; plural: string; name: string },
): Promise<PodsOf> {
  const address = { clusterId, namespace, group: groupOf(plural), plural, name };
  const path = await objectPathIn(client, identity, address);
  const { spec } = await readObject<Workload>(client, identity, { path, address });
  // A CronJob selects nothing: its pods are those of the Jobs that it named after itself.
  const labelSelector = plural === 'cronjobs' ? 'batch.kubernetes.io/job-name' : selectorText(spec?.selector ?? {});
  if (labelSelector === '') throw new AppError('logs_unavailable', 409, `${name} does not say which pods are its own.`);
  return { labelSelector, belongs: (pod) => isOwned(pod, plural, name) };
}

/** By name and not by uid, so that one that was made anew goes on. */
function isOwned({ metadata }: Pod, plural: string, name: string): boolean {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return false;
  if (plural === 'deployments')
    return owner.kind === 'ReplicaSet' && owner.name === `${name}-${metadata?.labels?.['pod-template-hash'] ?? ''}`;
  if (plural === 'cronjobs')
    return (
      owner.kind === 'Job' &&
      owner.name?.startsWith(`${name}-`) === true &&
      /^\d+$/.test(owner.name.slice(name.length + 1))
    );
  return owner.kind === owningKinds.get(plural) && owner.name === name;
}

/** A selector as the API server takes it in a query. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key = '', operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}
