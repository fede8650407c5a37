import { type ApplyContext, type Live, sendApply } from './apply-request.ts';
import type { KubernetesObject, ObjectRef } from './object-ref.ts';
import { refusalOf, type WriteRefusal } from './refusal.ts';

export const replicasField = '.spec.replicas';
const scalable = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

export const isScalable = ({ kind }: { kind: string }): boolean => scalable.has(kind);

/** It says itself how many, so that it matters whether an autoscaler does, too. */
export function namesReplicas(object: KubernetesObject): boolean {
  return isScalable(object) && specOf(object).replicas !== undefined;
}

/** Who is handed the number while an autoscaler takes over. */
export function handOffManager(fieldManager: string): string {
  return fieldManager.replace(/^quarterdeck-\w+/, 'quarterdeck-handoff');
}

/** The number that stays when the manifest names none any more and we alone own the field: dropping it would reset it to 1. */
export function replicasToHandOver(
  { fieldManager }: Pick<ApplyContext, 'fieldManager'>,
  object: KubernetesObject,
  live: Live | undefined,
): number | undefined {
  if (live === undefined || !isScalable(object) || specOf(object).replicas !== undefined) return undefined;
  const owners = (live.metadata?.managedFields ?? []).filter(ownsReplicas);
  const isOurs = owners.length === 1 && owners[0]?.manager === fieldManager && owners[0].operation === 'Apply';
  const { replicas } = specOf(live);
  return isOurs && typeof replicas === 'number' ? replicas : undefined;
}

/**
 * Keeps the number of replicas under a manager of its own, so that our next apply may leave it out.
 * @returns the object as it is now, or why the cluster refused
 */
export async function handOverReplicas(
  context: ApplyContext,
  object: KubernetesObject,
  ref: ObjectRef,
  live: Live,
  replicas: number,
): Promise<{ live: Live } | WriteRefusal> {
  const { name, namespace } = object.metadata;
  const { uid, resourceVersion } = live.metadata ?? {};
  const only = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion },
    spec: { replicas },
  };
  const as = { ...context, fieldManager: handOffManager(context.fieldManager) };
  const response = await sendApply(as, only, ref, { dryRun: false });
  return response.status === 200 ? { live: response.body } : refusalOf(response, ref);
}

/** What an autoscaler, or the hand-over to it, leaves behind when it is gone: the number is ours again. */
export function isLeftByScaler(manager: string, fieldManager: string): boolean {
  return manager === handOffManager(fieldManager) || manager === 'kube-controller-manager';
}

function specOf(object: Record<string, unknown>): { replicas?: unknown } {
  return (object.spec ?? {}) as { replicas?: unknown };
}

function ownsReplicas({ fieldsV1 }: { fieldsV1?: unknown }): boolean {
  return (fieldsV1 as { 'f:spec'?: { 'f:replicas'?: object } } | undefined)?.['f:spec']?.['f:replicas'] !== undefined;
}
