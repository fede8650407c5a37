import type { KubeObject } from './types.ts';

/** Holds an owner back until what it owns is gone. */
export const foreground = 'foregroundDeletion';

export function waitsForOwned({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(foreground);
}
