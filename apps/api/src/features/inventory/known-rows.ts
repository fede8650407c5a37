import type { ObjectKey } from '@quarterdeck/kubernetes';
import type { WrittenRow } from './object-rows.ts';

/**
 * What the stored rows of one kind of a cluster are, by uid: its one owner writes them, so what it remembers is what is
 * there. Most of a full list that follows an outage, and every heartbeat, is known and need not be sent.
 */
export interface KnownRows {
  readonly size: number;
  /** Uids that a full list did not hold. */
  unseen(seen: ReadonlySet<string>): string[];
  /** Rows of a batch that are not stored like that. One that the same batch deletes is always among them. */
  changed(rows: readonly WrittenRow[], deletes: readonly ObjectKey[]): WrittenRow[];
  /** What was stored. */
  stored(batch: { puts: readonly WrittenRow[]; deletes: readonly ObjectKey[]; gone: readonly string[] }): void;
}

export function knowRows(fingerprints: Map<string, number>): KnownRows {
  return {
    get size() {
      return fingerprints.size;
    },
    changed(rows, deletes) {
      const deleted = new Set(deletes.map(placeOf));
      return rows.filter((row) => fingerprints.get(row.uid) !== row.fp || deleted.has(placeOf(row)));
    },
    unseen: (seen) => [...fingerprints.keys()].filter((uid) => !seen.has(uid)),
    stored({ puts, deletes, gone }) {
      for (const uid of gone) fingerprints.delete(uid);
      for (const { uid } of deletes) fingerprints.delete(uid);
      for (const { uid, fp } of puts) fingerprints.set(uid, fp);
    },
  };
}

function placeOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}
