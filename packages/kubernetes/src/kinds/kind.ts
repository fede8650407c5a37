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
  /** Only metadata is asked for: what else its objects hold never crosses the wire. */
  readonly metadataOnly?: boolean;
  /** Who manages its fields is not projected, and passed over before its objects are parsed. */
  readonly ignoresManagers?: boolean;
  /** Another text than the stored one means that rows were projected otherwise: they are read anew. Default `1`. */
  readonly projection?: string;
  /** Columns that the cluster itself would print, of a kind without a projection of its own. */
  readonly columns?: readonly string[];
  /** How its objects become rows. Events are rows of their own form. */
  readonly project: ((object: Json) => KindFields) | 'event';
};

/** `pods`, `deployments.apps`: as kubectl names a kind in full. */
export function qualifiedName({ group, resource }: Pick<WatchedKind, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Path of the whole collection over all namespaces. */
export function collectionPath(kind: Pick<WatchedKind, 'group' | 'version' | 'resource'>): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return `${root}/${kind.resource}`;
}
