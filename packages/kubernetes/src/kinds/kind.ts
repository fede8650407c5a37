import type { KindFields } from '../projection/row.ts';
import type { Json } from '../projection/values.ts';

/** A kind that the inventory watches. */
export type WatchedKind = {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as in URLs. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Where it stands in line when a cluster starts: lower first. */
  readonly rank: number;
  /** How its objects become rows. Events are rows of their own form. */
  readonly project: ((object: Json) => KindFields) | 'event';
};

/** Path of the whole collection over all namespaces. */
export function collectionPath(kind: Pick<WatchedKind, 'group' | 'version' | 'resource'>): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return `${root}/${kind.resource}`;
}
