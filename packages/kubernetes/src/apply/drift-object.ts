import { failureOf, foreignOwner, readObject } from './apply-object.ts';
import { type ApplyContext, type Live, sendApply } from './apply-request.ts';
import { changedFields } from './changed-fields.ts';
import { fingerprintOf } from './fingerprint.ts';
import { maskSecret, withoutSecretValues } from './mask-secret.ts';
import { type KubernetesObject, refOf } from './object-ref.ts';
import { withoutNoise } from './preview-object.ts';
import { conflictsOf, refusalOf } from './refusal.ts';

/** A field of ours that is not as we put it. */
export type DriftField = {
  /** As conflicts name it: `.spec.template.spec.containers[name="app"].image`. */
  path: string;
  /** Whoever owns it now; absent when the field was taken away, which nobody signs. */
  manager?: string;
  /** When that manager last wrote, ISO 8601. */
  at?: string;
};

export type ObjectDrift =
  | { kind: 'same'; fingerprint: string }
  | { kind: 'deleted' }
  /** `replaced`: another object has the name now; `isOurs` when it carries our label, so a release may adopt it. */
  | {
      kind: 'changed' | 'replaced';
      fields: DriftField[];
      /** As it is, and as our bytes would have it; secret values masked. */
      before: Record<string, unknown>;
      after: Record<string, unknown>;
      isOurs: boolean;
    }
  /** It is there, and the cluster would not tell what applying our bytes would do. */
  | { kind: 'unknown'; code: string; detail: string };

/**
 * Compares an object with what was last put there, by a server-side dry run of the same bytes; writes nothing.
 * @param known `uid` by our books; `fingerprint` of a comparison that found nothing: when it still stands nobody took a
 *   field of ours since, and one read is enough
 * @throws ClusterError the cluster does not answer
 */
export async function driftOf(
  context: ApplyContext,
  object: KubernetesObject,
  known: { uid?: string; fingerprint?: string },
): Promise<ObjectDrift> {
  const ref = refOf(object);
  const live = await readObject(context, ref);
  if (live === undefined || live.metadata?.deletionTimestamp !== undefined) return { kind: 'deleted' };
  const fingerprint = fingerprintOf(context, live);
  const isReplaced = known.uid !== undefined && live.metadata?.uid !== known.uid;
  const isOurs = foreignOwner(object, live) === undefined;
  if (!isReplaced && isOurs && fingerprint === known.fingerprint) return { kind: 'same', fingerprint };
  const asked = await sendApply(context, object, ref, { dryRun: true });
  const conflicts = conflictsOf(asked);
  const answer = conflicts.length === 0 ? asked : await sendApply(context, object, ref, { dryRun: true, force: true });
  if (answer.status !== 200) {
    const { code, detail } = refusalOf(answer, ref);
    return { kind: 'unknown', code, detail: withoutSecretValues(object, detail) };
  }
  const is = withoutNoise(live);
  const would = withoutNoise(answer.body);
  const fields = [
    ...conflicts.map(({ field, manager }) => ({ path: field, manager, ...lastWriteOf(live, manager) })),
    ...changedFields(is, would)
      .filter((path) => !conflicts.some(({ field }) => isAbout(field, path)))
      .map((path) => ({ path })),
  ];
  if (fields.length === 0 && !isReplaced && isOurs) return { kind: 'same', fingerprint };
  return {
    kind: isReplaced || !isOurs ? 'replaced' : 'changed',
    fields,
    before: maskSecret(is),
    after: maskSecret(would, is),
    isOurs,
  };
}

/** Conflicts say `kubectl-edit` or `kubectl-edit using apps/v1`. */
function lastWriteOf({ metadata }: Live, manager: string): { at?: string } {
  const times = (metadata?.managedFields ?? [])
    .filter((entry) => manager === entry.manager || manager.startsWith(`${entry.manager} `))
    .flatMap(({ time }) => time ?? []);
  const at = times.sort().at(-1);
  return at === undefined ? {} : { at };
}

/** The same place, however the items of lists on the way are told apart. */
function isAbout(conflict: string, path: string): boolean {
  const plain = (text: string) => text.replaceAll(/\[[^\]]*\]/g, '[]');
  const [a, b] = [plain(conflict), plain(path)];
  return a === b || a.startsWith(`${b}.`) || a.startsWith(`${b}[`) || b.startsWith(`${a}.`) || b.startsWith(`${a}[`);
}

/** A failure that says nothing about the object: the next look may. */
export function whyNotCompared(error: unknown): { code: string; detail: string } {
  const { code, detail } = failureOf(error);
  return { code, detail };
}
