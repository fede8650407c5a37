import {
  type ClusterClient,
  ClusterError,
  type ClusterRequest,
  type ClusterResponse,
  type Identity,
  type Priority,
} from '../transport/cluster-client.ts';
import { withoutSecretValues } from './mask-secret.ts';
import { type KubernetesObject, type ObjectRef, objectPath, refOf } from './object-ref.ts';
import { conflictsOf, refusalOf, type WriteRefusal } from './refusal.ts';

export type ApplyContext = {
  client: ClusterClient;
  identity: Identity;
  /** `quarterdeck-release.<installation>` */
  fieldManager: string;
  /** `deploy` unless told. */
  priority?: Priority;
  signal?: AbortSignal;
  /** Asked right before each write, since a process may have been frozen since it last knew: false, and nothing is sent. */
  mayWrite?: () => boolean;
};

export type Applied = {
  outcome: 'applied';
  uid: string;
  resourceVersion: string;
  generation: number;
  changed: boolean;
};

/** A mutating request lasts no longer than a lease, on both sides. */
const writeMs = 8000;

export type Live = {
  metadata?: {
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
    managedFields?: { manager: string; operation: string; time?: string; fieldsV1?: unknown; subresource?: string }[];
  };
} & Record<string, unknown>;

/** The object as the cluster has it; `undefined` when it does not exist. */
export async function readObject(context: ApplyContext, ref: ObjectRef): Promise<Live | undefined> {
  const response = await context.client.request<Live>(request(context, { method: 'GET', path: objectPath(ref) }));
  if (response.status === 404) return undefined;
  if (response.status === 200) return response.body;
  const refusal = refusalOf(response, ref);
  throw Object.assign(new Error(refusal.detail), { code: refusal.code });
}

/**
 * Applies one object server-side under our field manager. What exists and is not labelled as this application's is left
 * alone; with `uid`, only that very object is changed and a deleted one is made anew.
 * @param how.takes fields of other managers that somebody decided to take, as conflicts name them (`.spec.replicas`): it
 *   is applied by force when a dry run meets no other conflict; without them never by force
 */
export async function applyObject(
  context: ApplyContext,
  object: KubernetesObject,
  how?: { uid?: string; takes?: readonly string[] },
): Promise<Applied | WriteRefusal> {
  const ref = refOf(object);
  try {
    const live = await readObject(context, ref);
    const foreign = foreignOwner(object, live);
    if (foreign !== undefined) return foreign;
    if (live !== undefined && how?.uid !== undefined && live.metadata?.uid !== how.uid) {
      return {
        outcome: 'replaced',
        code: 'replaced',
        detail: `${ref.kind} ${ref.name} was deleted and made anew by somebody else.`,
      };
    }
    const sent = withPreconditions(object, live);
    const force = (how?.takes ?? []).length > 0 && (await mayTake(context, sent, ref, how?.takes ?? []));
    if (context.mayWrite?.() === false) return leaseOver;
    const response = await sendApply(context, sent, ref, { dryRun: false, force });
    if (response.status !== 200 && response.status !== 201) {
      const refusal = refusalOf(response, ref);
      return { ...refusal, detail: withoutSecretValues(object, refusal.detail) };
    }
    const { metadata } = response.body;
    return {
      outcome: 'applied',
      uid: metadata?.uid ?? '',
      resourceVersion: metadata?.resourceVersion ?? '',
      generation: metadata?.generation ?? 0,
      changed: metadata?.resourceVersion !== live?.metadata?.resourceVersion,
    };
  } catch (error) {
    return failureOf(error);
  }
}

const leaseOver: WriteRefusal = {
  outcome: 'retry',
  code: 'lease_over',
  detail: 'The time to write was over before it was sent.',
};

/** Force takes every field: only where each conflict is about one that somebody decided about. */
async function mayTake(
  context: ApplyContext,
  object: KubernetesObject,
  ref: ObjectRef,
  takes: readonly string[],
): Promise<boolean> {
  const conflicts = conflictsOf(await sendApply(context, object, ref, { dryRun: true }));
  return conflicts.length > 0 && conflicts.every(({ field }) => takes.includes(field));
}

/** With resourceVersion alone a deleted object would come back under our hands; the uid answers 409 instead. */
function withPreconditions(object: KubernetesObject, live: Live | undefined): KubernetesObject {
  if (live?.metadata?.uid === undefined) return object;
  return {
    ...object,
    metadata: { ...object.metadata, uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion },
  };
}

/** An object that carries no label of ours, or another application's, is not ours to change. */
export function foreignOwner(object: KubernetesObject, live: Live | undefined): WriteRefusal | undefined {
  if (live === undefined) return undefined;
  const label = 'quarterdeck.dev/application';
  const mine = (object.metadata.labels as Record<string, string> | undefined)?.[label];
  const theirs = live.metadata?.labels?.[label];
  if (mine === undefined || theirs === mine) return undefined;
  const owner =
    theirs === undefined
      ? (live.metadata?.labels?.['app.kubernetes.io/managed-by'] ?? 'somebody else')
      : `application ${theirs}`;
  return {
    outcome: 'denied',
    code: 'owned_by_another',
    detail: `${object.kind} ${object.metadata.name} exists and belongs to ${owner}. Rename the application, or take another namespace.`,
  };
}

/** @param how `force`: fields that others own change hands; for what somebody decided about those very fields alone */
export function sendApply(
  context: ApplyContext,
  object: KubernetesObject,
  ref: ObjectRef,
  how: { dryRun: boolean; force?: boolean },
): Promise<ClusterResponse<Live>> {
  return context.client.request<Live>(
    request(context, {
      method: 'PATCH',
      path: objectPath(ref),
      query: {
        fieldManager: context.fieldManager,
        fieldValidation: 'Strict',
        force: how.force === true,
        timeout: `${writeMs / 1000}s`,
        ...(how.dryRun ? { dryRun: 'All' } : {}),
      },
      contentType: 'application/apply-patch+yaml',
      body: object,
    }),
  );
}

/**
 * Deletes one object by its uid. The options travel in the body: beside a body, a dryRun or precondition in the query
 * is ignored by the API server.
 * @returns `replaced` when another object has the name now: it is left alone
 */
export async function deleteObject(
  context: ApplyContext,
  ref: ObjectRef,
  uid: string,
): Promise<'deleted' | 'gone' | 'replaced'> {
  if (context.mayWrite?.() === false) throw Object.assign(new Error(leaseOver.detail), { code: leaseOver.code });
  const response = await context.client.request(
    request(context, {
      method: 'DELETE',
      path: objectPath(ref),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid } },
    }),
  );
  if (response.status === 200 || response.status === 202) return 'deleted';
  if (response.status === 404) return 'gone';
  const refusal = refusalOf(response, ref);
  if (response.status === 409) return 'replaced';
  throw Object.assign(new Error(refusal.detail), { code: refusal.code });
}

function request(
  context: ApplyContext,
  given: Pick<ClusterRequest, 'method' | 'path'> & Partial<ClusterRequest>,
): ClusterRequest {
  return {
    identity: context.identity,
    priority: context.priority ?? 'deploy',
    timeoutMs: writeMs,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...given,
  };
}

/** No answer: whether the write happened is unknown, so it is read and tried again. */
export function failureOf(error: unknown): WriteRefusal {
  if (error instanceof ClusterError) return { outcome: 'retry', code: error.code, detail: error.message };
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return { outcome: 'denied', code: error.code, detail: error.message };
  throw error;
}
