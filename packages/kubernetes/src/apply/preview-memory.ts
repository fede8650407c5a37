import { createHash } from 'node:crypto';
import type { ApplyHow } from './apply-object.ts';
import type { ApplyContext, Live } from './apply-request.ts';
import type { KubernetesObject } from './object-ref.ts';

/** What a dry run that passed came to; values of Secrets are masked in it. */
export type DryRunAnswer = {
  change: 'create' | 'change' | 'unchanged';
  after: Record<string, unknown>;
  warnings: string[];
};

/** Dry runs that were answered a moment ago, for whoever looks again and again while they type. */
export type PreviewMemory = {
  get(key: string): DryRunAnswer | undefined;
  put(key: string, answer: DryRunAnswer): void;
};

/** Longer than somebody hesitates over a field, shorter than they would wonder about a webhook that was just added. */
const keptMs = 60_000;
/** Of objects as text, about what they take. */
const mostBytes = 16 * 2 ** 20;

/** Bounded by size, the oldest answers go first. @param now ms that never go back */
export function createPreviewMemory(now: () => number = () => performance.now()): PreviewMemory {
  const kept = new Map<string, { answer: DryRunAnswer; bytes: number; until: number }>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }

  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      if (found.until > now()) return found.answer;
      drop(key);
      return undefined;
    },
    put(key, answer) {
      drop(key);
      const size = JSON.stringify(answer).length;
      kept.set(key, { answer, bytes: size, until: now() + keptMs });
      bytes += size;
      for (const oldest of kept.keys()) {
        if (bytes <= mostBytes) break;
        drop(oldest);
      }
    },
  };
}

/**
 * What the answer of a dry run depends on: what is sent as whom, the very version of the object that is there, and what
 * the cluster serves.
 * @param place the cluster and its version
 */
export function previewKey(
  place: string,
  { identity, fieldManager }: ApplyContext,
  sent: KubernetesObject,
  how: ApplyHow,
  live: Live | undefined,
): string {
  const { uid = '', resourceVersion = '' } = live?.metadata ?? {};
  const asked = [place, identity.user, identity.groups, fieldManager, uid, resourceVersion, how, sent];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}
