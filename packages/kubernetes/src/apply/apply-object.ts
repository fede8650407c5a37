import { ClusterError } from '../transport/cluster-client.ts';
import { adoptManagers } from './adopt-object.ts';
import { type ApplyContext, type Live, request, sendApply } from './apply-request.ts';
import { fingerprintOf } from './fingerprint.ts';
import { withoutSecretValues } from './mask-secret.ts';
import { type KubernetesObject, type ObjectRef, objectPath, refOf } from './object-ref.ts';
import { conflictsOf, refusalOf, type WriteRefusal } from './refusal.ts';
import { handOverReplicas, isLeftByScaler, replicasField, replicasToHandOver } from './replicas.ts';

export type Applied = {
  outcome: 'applied';
  uid: string;
  resourceVersion: string;
  generation: number;
  /** As of `driftOf`: as long as it stands, nobody took a field of ours since. */
  fingerprint: string;
  changed: boolean;
};

/** What somebody decided about an object before it is applied. */
export type ApplyHow = {
  uid?: string;
  /**
   * Fields of other managers that somebody decided to take, as conflicts name them (`.spec.replicas`): where it meets
   * these conflicts and no other it is applied by force; without them never.
   */
  takes?: readonly string[];
  /** Nothing scales it any more: what its autoscaler owned of the number of replicas is ours again. */
  takesReplicas?: boolean;
  /** An object that nobody labelled becomes ours, with what client-side programs own of it. */
  adopts?: boolean;
  /** The object of this uid is deleted and made anew, since a field of it cannot be changed. */
  recreates?: string;
};

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
 * alone; with `uid`, only that very object is changed and a deleted one is made anew. A number of replicas that the
 * manifest leaves to an autoscaler stays as it is.
 */
export async function applyObject(
  context: ApplyContext,
  object: KubernetesObject,
  how: ApplyHow = {},
): Promise<Applied | WriteRefusal> {
  const ref = refOf(object);
  try {
    let live = await readObject(context, ref);
    const foreign = foreignOwner(object, live, how.adopts);
    if (foreign !== undefined) return foreign;
    if (live !== undefined && how.uid !== undefined && live.metadata?.uid !== how.uid) {
      return {
        outcome: 'replaced',
        code: 'replaced',
        detail: `${ref.kind} ${ref.name} was deleted and made anew by somebody else.`,
      };
    }
    if (live !== undefined && how.adopts === true && isUnlabelled(live)) {
      if (context.mayWrite?.() === false) return leaseOver;
      const adopted = await adoptManagers(context, ref, live);
      if (!('live' in adopted)) return adopted;
      live = adopted.live;
    }
    const replicas = replicasToHandOver(context, object, live);
    if (live !== undefined && replicas !== undefined) {
      if (context.mayWrite?.() === false) return leaseOver;
      const handed = await handOverReplicas(context, object, ref, live, replicas);
      if (!('live' in handed)) return handed;
      live = handed.live;
    }
    const sent = withPreconditions(object, live);
    if (context.mayWrite?.() === false) return leaseOver;
    let response = await sendApply(context, sent, ref, { dryRun: false });
    if (mayTake(context, conflictsOf(response), how)) {
      if (context.mayWrite?.() === false) return leaseOver;
      response = await sendApply(context, sent, ref, { dryRun: false, force: true });
    }
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
      fingerprint: fingerprintOf(context, response.body),
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

/** Conflicts that nobody has decided about. */
export function undecided(
  { fieldManager }: Pick<ApplyContext, 'fieldManager'>,
  conflicts: readonly { field: string; manager: string }[],
  { takes = [], takesReplicas = false }: ApplyHow,
) {
  return conflicts.filter(
    ({ field, manager }) =>
      !takes.includes(field) && !(takesReplicas && field === replicasField && isLeftByScaler(manager, fieldManager)),
  );
}

/** Force takes every field: only where each conflict is about one that somebody decided about. */
function mayTake(
  context: ApplyContext,
  conflicts: readonly { field: string; manager: string }[],
  how: ApplyHow,
): boolean {
  return conflicts.length > 0 && undecided(context, conflicts, how).length === 0;
}

/** With resourceVersion alone a deleted object would come back under our hands; the uid answers 409 instead. */
function withPreconditions(object: KubernetesObject, live: Live | undefined): KubernetesObject {
  if (live?.metadata?.uid === undefined) return object;
  return {
    ...object,
    metadata: { ...object.metadata, uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion },
  };
}

const ownerLabel = 'quarterdeck.dev/application';

/** Neither of ours nor of another tool that says so. */
export function isUnlabelled({ metadata }: Live): boolean {
  const labels = metadata?.labels ?? {};
  return labels[ownerLabel] === undefined && labels['app.kubernetes.io/managed-by'] === undefined;
}

/** An object that carries no label of ours, or another application's, is not ours to change, unless it is adopted. */
export function foreignOwner(
  object: KubernetesObject,
  live: Live | undefined,
  adopts = false,
): WriteRefusal | undefined {
  if (live === undefined) return undefined;
  const mine = (object.metadata.labels as Record<string, string> | undefined)?.[ownerLabel];
  const theirs = live.metadata?.labels?.[ownerLabel];
  if (mine === undefined || theirs === mine) return undefined;
  if (isUnlabelled(live)) {
    if (adopts) return undefined;
    return {
      outcome: 'denied',
      code: 'not_adopted',
      detail: `${object.kind} ${object.metadata.name} exists already and says nobody’s name. It can be adopted: then this application owns it.`,
    };
  }
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

/** No answer: whether the write happened is unknown, so it is read and tried again. */
export function failureOf(error: unknown): WriteRefusal {
  if (error instanceof ClusterError) return { outcome: 'retry', code: error.code, detail: error.message };
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return { outcome: 'denied', code: error.code, detail: error.message };
  throw error;
}
