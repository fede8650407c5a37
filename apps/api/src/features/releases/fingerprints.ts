import type { KubernetesObject } from '@quarterdeck/kubernetes';
import { sha256Hex } from '@quarterdeck/templating';
import type { ObjectRecord } from './release-rows.ts';

type Put = Pick<ObjectRecord, 'targetId' | 'group' | 'kind' | 'namespace' | 'name'>;

/** Of objects that were as we put them: as long as it stands, one read tells that they still are. */
export type Fingerprints = {
  /** @param manifest as it was applied: what is left to others now may have been ours before */
  get(object: Put, manifest: KubernetesObject): string | undefined;
  put(object: Put, manifest: KubernetesObject, fingerprint: string): void;
  drop(object: Put, manifest: KubernetesObject): void;
};

const remembered = 50_000;

/** Kept by a process and not stored; of more than it holds, those that were not looked at longest go. */
export function createFingerprints(): Fingerprints {
  const kept = new Map<string, string>();
  return {
    get: (object, manifest) => kept.get(keyOf(object, manifest)),
    put(object, manifest, fingerprint) {
      const key = keyOf(object, manifest);
      kept.delete(key);
      kept.set(key, fingerprint);
      const oldest = kept.size > remembered ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
    },
    drop(object, manifest) {
      kept.delete(keyOf(object, manifest));
    },
  };
}

function keyOf({ targetId, group, kind, namespace, name }: Put, manifest: KubernetesObject): string {
  return sha256Hex(JSON.stringify([targetId, group, kind, namespace, name, manifest]));
}
