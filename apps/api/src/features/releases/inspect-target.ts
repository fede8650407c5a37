import {
  type ApplyContext,
  type ClusterClient,
  collectionPathOf,
  expectAnswer,
  type KubernetesObject,
  namesReplicas,
  type ObjectPreview,
  type PreviewMemory,
  previewObject,
  workerIdentity,
} from '@quarterdeck/kubernetes';
import { askTogether } from './ask-together.ts';
import { missingReferences, refOf } from './check-references.ts';
import { budgetFindings, type Change, quotaFindings } from './check-room.ts';
import type { Finding } from './finding.ts';
import type { PreparedObject } from './prepare-object.ts';
import { isKept, type LiveObject } from './prune-guards.ts';
import type { ReadCapacity } from './read-capacity.ts';

export type Inspection = {
  /** Objects with what applying them would do; none when the namespace is new or somebody else's. */
  results: { object: PreparedObject; result: ObjectPreview }[];
  findings: Finding[];
};

/**
 * Looks at everything that would go to one target, by dry runs and reads; writes nothing. Where the namespace is new,
 * only at what can be told without it.
 * @param remembered as of `previewObject`; what is about to be written is looked at without
 * @throws ClusterError the cluster does not answer
 */
export async function inspectTarget(
  context: ApplyContext,
  place: { cluster: string; namespace: string },
  objects: readonly PreparedObject[],
  readCapacity: ReadCapacity,
  remembered?: { memory: PreviewMemory; place: string },
): Promise<Inspection> {
  const { namespace } = place;
  const strange = await namespaceFinding(context.client, namespace);
  if (strange?.level === 'block') return { results: [], findings: [strange] };
  if (strange !== undefined) {
    const changes = objects.map((object): Change => ({ object, before: undefined, after: object.manifest }));
    return { results: [], findings: [strange, ...(await readCapacity(place, changes, context.client))] };
  }
  const [results, missing, quotas] = await Promise.all([
    Promise.all(
      objects.map(async (object) => ({
        object,
        result: await previewObject(context, object.manifest, object.how, remembered),
      })),
    ),
    missingReferences(context, namespace, objects),
    listIn(context, 'ResourceQuota', '', namespace),
  ]);
  const findings = results.flatMap(({ object, result }): Finding[] => [
    ...(result.finding === undefined ? [] : [{ ...withBrought(result.finding, objects), object: refOf(object) }]),
    ...result.warnings.map(
      (detail): Finding => ({ level: 'warn', code: 'cluster_warning', detail, object: refOf(object) }),
    ),
  ]);
  const changes = results.map(({ object, result }): Change => ({ object, before: result.before, after: result.after }));
  const room = findings.some(({ code }) => code === 'quota_exceeded') ? [] : quotaFindings(quotas, changes);
  const capacity = await readCapacity(place, changes, context.client);
  return { results, findings: [...findings, ...missing, ...room, ...capacity, ...budgetFindings(objects)] };
}

/**
 * `Kind/name` of what an autoscaler of a namespace gives its number of replicas; those that leave do not count, unless they
 * are marked to stay. The namespace is asked only for manifests one of which names a number: its autoscalers are a long
 * list, and the others leave the number alone.
 */
export async function scaledIn(
  context: ApplyContext,
  namespace: string,
  manifests: readonly KubernetesObject[],
  leaving: ReadonlySet<string> = new Set(),
): Promise<Set<string>> {
  if (!manifests.some(namesReplicas)) return new Set();
  type Scaler = LiveObject & { spec?: { scaleTargetRef?: { kind?: string; name?: string } } };
  const scalers = (await listIn(context, 'HorizontalPodAutoscaler', 'autoscaling', namespace)) as Scaler[];
  return new Set(
    scalers.flatMap(({ metadata, spec }) =>
      leaving.has(metadata?.uid ?? '') && !isKept({ metadata })
        ? []
        : [`${spec?.scaleTargetRef?.kind}/${spec?.scaleTargetRef?.name}`],
    ),
  );
}

/** None where the cluster does not let us list them. */
async function listIn(context: ApplyContext, kind: string, group: string, namespace: string): Promise<object[]> {
  const version = group === 'autoscaling' ? 'v2' : 'v1';
  const path = collectionPathOf({ group, version, kind, namespace });
  const { client, identity } = context;
  const asked = await askTogether<{ items?: object[] }>(client, { path, identity, priority: 'deploy' });
  const response = expectAnswer(asked);
  return response.status === 200 ? (response.body.items ?? []) : [];
}

const bringers: Readonly<Record<string, string>> = {
  service_account_missing: 'ServiceAccount',
  priority_class_missing: 'PriorityClass',
  kind_unknown: 'CustomResourceDefinition',
};

/** What is missing only because this very release brings it cannot be looked into yet. */
function withBrought(finding: Finding, objects: readonly PreparedObject[]): Finding {
  const bringer = bringers[finding.code];
  if (bringer === undefined || !objects.some(({ record }) => record.kind === bringer)) return finding;
  return {
    level: 'info',
    code: 'comes_with_release',
    detail: `It cannot be previewed, because its ${bringer} comes with this release: ${finding.detail}`,
  };
}

/** A namespace that is new cannot be previewed into; one that is somebody else's stays theirs. */
async function namespaceFinding(client: ClusterClient, namespace: string): Promise<Finding | undefined> {
  const response = await askTogether<{
    metadata?: { labels?: Record<string, string>; deletionTimestamp?: string; finalizers?: string[] };
    spec?: { finalizers?: string[] };
  }>(client, { path: `/api/v1/namespaces/${namespace}`, identity: workerIdentity, priority: 'interactive' });
  if (response.status === 404)
    return {
      level: 'info',
      code: 'namespace_missing',
      detail: `Namespace ${namespace} does not exist there yet: this release creates it, so its objects cannot be previewed.`,
      remedy:
        'Nothing needs doing: it is made with the roles of the project, and its objects are looked at there before any is written.',
    };
  if (response.status !== 200) return undefined;
  const { metadata, spec } = response.body;
  if (metadata?.deletionTimestamp !== undefined)
    return {
      level: 'block',
      code: 'namespace_terminating',
      detail: `Namespace ${namespace} is being deleted; it waits for ${[...(metadata.finalizers ?? []), ...(spec?.finalizers ?? [])].join(', ')}.`,
      remedy: 'Wait until it is gone, or take another namespace.',
    };
  if (metadata?.labels?.['app.kubernetes.io/managed-by'] !== 'quarterdeck')
    return {
      level: 'block',
      code: 'namespace_foreign',
      detail: `Namespace ${namespace} exists and is not ours.`,
      remedy: `Take another namespace, or label it: kubectl label namespace ${namespace} app.kubernetes.io/managed-by=quarterdeck`,
    };
  return undefined;
}
