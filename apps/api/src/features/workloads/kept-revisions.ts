import type { RevisionedPlural } from '@quarterdeck/contracts';
import type { ClusterClient, Identity } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { mapClusterError, overloadOf } from '../clusters/index.ts';

type Template = Record<string, unknown> & {
  metadata?: { labels?: Record<string, string> };
  spec?: { containers?: { image?: unknown }[]; initContainers?: { image?: unknown }[] };
};

/** A template that a workload had, without what controllers add to it. */
export type KeptRevision = {
  revision: number;
  name: string;
  createdAt: string | undefined;
  cause: string | undefined;
  template: Template;
};

type Keeper = {
  metadata?: {
    name?: string;
    creationTimestamp?: string;
    annotations?: Record<string, string>;
    ownerReferences?: { uid?: string; controller?: boolean }[];
  };
  /** Of a ReplicaSet. */
  spec?: { template?: Template };
  /** Of a ControllerRevision. */
  revision?: number;
  data?: { spec?: { template?: Template } };
};

/** A page of the list, and pages at most: a namespace keeps ten per workload. */
const pageSize = 500;
const mostPages = 20;

const revisionNote = 'deployment.kubernetes.io/revision';
const causeNote = 'kubernetes.io/change-cause';

/**
 * Templates that the cluster keeps of a workload, newest first: a Deployment's in its ReplicaSets, of the others in
 * ControllerRevisions.
 * @throws AppError `cluster_forbidden` | `cluster_unreachable` …
 */
export async function readKeptRevisions(
  { client, identity }: { client: ClusterClient; identity: Identity },
  { plural, namespace, uid }: { plural: RevisionedPlural; namespace: string; uid: string },
): Promise<KeptRevision[]> {
  const kept = plural === 'deployments' ? 'replicasets' : 'controllerrevisions';
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${kept}`;
  const found: KeptRevision[] = [];
  let next: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const response = await client
      .request<{ items?: Keeper[]; metadata?: { continue?: string } }>({
        method: 'GET',
        path,
        identity,
        priority: 'interactive',
        query: { limit: pageSize, ...(next === undefined ? {} : { continue: next }) },
      })
      .catch(mapClusterError);
    if (response.status !== 200) throw overloadOf(response) ?? refused(response.status, kept);
    const { items = [], metadata } = response.body;
    found.push(...items.filter((item) => isOwned(item, uid)).flatMap((item) => keptIn(item, plural) ?? []));
    next = metadata?.continue === '' ? undefined : metadata?.continue;
    if (next === undefined) break;
  }
  return found.toSorted((a, b) => b.revision - a.revision);
}

function isOwned({ metadata }: Keeper, uid: string): boolean {
  return (metadata?.ownerReferences ?? []).some((owner) => owner.uid === uid && owner.controller === true);
}

function keptIn({ metadata = {}, spec, revision, data }: Keeper, plural: RevisionedPlural): KeptRevision | undefined {
  const template = plural === 'deployments' ? spec?.template : data?.spec?.template;
  const number = plural === 'deployments' ? Number(metadata.annotations?.[revisionNote]) : (revision ?? Number.NaN);
  if (template === undefined || !Number.isInteger(number)) return undefined;
  return {
    revision: number,
    name: metadata.name ?? '',
    createdAt: metadata.creationTimestamp,
    cause: metadata.annotations?.[causeNote],
    template: withoutMarks(template),
  };
}

/**
 * A template as it is compared: a time of creation, which a template never has, is written by some versions as null.
 */
export function comparable(template: unknown): unknown {
  const { metadata, ...rest } = (template ?? {}) as Record<string, unknown> & { metadata?: Record<string, unknown> };
  if (metadata?.creationTimestamp !== null) return template;
  const { creationTimestamp: _, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** The hash by which a Deployment tells ReplicaSets apart, and the word by which a ControllerRevision is laid over. */
function withoutMarks({ $patch: _, ...template }: Template): Template {
  const { 'pod-template-hash': __, ...labels } = template.metadata?.labels ?? {};
  return { ...template, ...(template.metadata === undefined ? {} : { metadata: { ...template.metadata, labels } }) };
}

/** Images of a template, those of init containers last, each once. */
export function imagesOf(template: unknown): string[] {
  const { spec } = (template ?? {}) as Template;
  const images = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ image }) => image);
  return [...new Set(images.filter((image) => typeof image === 'string'))];
}

function refused(status: number, kept: string): AppError {
  return status === 401 || status === 403
    ? new AppError('cluster_forbidden', 403, `The cluster does not let you list ${kept}, which keep former templates.`)
    : new AppError('cluster_unreachable', 503, `The cluster answered ${status}.`, { retryAfterSeconds: 5 });
}
