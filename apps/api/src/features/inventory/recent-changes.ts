import type { Database } from '@quarterdeck/database';

/** Changes told at once; behind by more, everything found before is given up. */
const mostRead = 2000;
const mostKept = 10_000;

/** Which rows changed lately, for who wants to bring up to date what they found a moment ago. */
export interface RecentChanges {
  /** Reads on: changes that were stored before this was called are known when it resolves. */
  mark(): Promise<number>;
  /** Ids of rows of a kind that changed after that mark, and more; `undefined` when that is not known any more. */
  since(mark: number, kindNo: number): ReadonlySet<string> | undefined;
}

type Row = { cluster_no: number; head: string; rev: string | null; kind_no: number | null; id: string | null };

/**
 * Reads the change log of all clusters after what it has read already, in one statement for all who ask meanwhile. What
 * it cannot tell for sure it does not tell: a new cluster, a log that was swept or cut short, a database that was put
 * back to an earlier state make it start afresh, and every former mark is void.
 */
export function createRecentChanges({ pool }: Pick<Database, 'pool'>): RecentChanges {
  const seen = new Map<number, bigint>();
  let changes: { kindNo: number; id: string }[] = [];
  /** The mark of the first of `changes`. */
  let begin = 0;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  const end = () => begin + changes.length;

  async function read(): Promise<void> {
    const { rows } = await pool.query<Row>(
      `SELECT h.cluster_no, h.rev AS head, c.rev, c.kind_no, c.id FROM inventory_head h
         LEFT JOIN unnest($1::int[], $2::bigint[]) AS seen(cluster_no, rev) ON seen.cluster_no = h.cluster_no
         LEFT JOIN LATERAL (SELECT rev, kind_no, id FROM inventory_change
           WHERE cluster_no = h.cluster_no AND rev > seen.rev ORDER BY rev LIMIT ${mostRead}) AS c ON true
       WHERE h.rev IS DISTINCT FROM seen.rev LIMIT ${mostRead}`,
      [[...seen.keys()], [...seen.values()].map(String)],
      { prepared: 'each time' },
    );
    if (!isWhole(rows)) startAfresh();
    for (const row of rows) {
      seen.set(row.cluster_no, BigInt(row.head));
      if (row.kind_no !== null && row.id !== null) changes.push({ kindNo: row.kind_no, id: row.id });
    }
    if (changes.length > mostKept) {
      const gone = changes.length - mostKept / 2;
      changes = changes.slice(gone);
      begin += gone;
    }
  }

  /** Are these all changes since? Every revision of a cluster leaves some behind, so a hole is what was swept away. */
  function isWhole(rows: readonly Row[]): boolean {
    if (rows.length === mostRead) return false;
    const first = new Map<number, Row>();
    for (const row of rows) if (!first.has(row.cluster_no)) first.set(row.cluster_no, row);
    return [...first].every(([clusterNo, { rev }]) => {
      const before = seen.get(clusterNo);
      return before !== undefined && rev !== null && BigInt(rev) === before + 1n;
    });
  }

  function startAfresh(): void {
    begin = end() + 1;
    changes = [];
  }

  return {
    async mark() {
      next ??= running
        .catch(() => {})
        .then(() => {
          running = read();
          next = undefined;
          return running;
        });
      await next;
      return end();
    },
    since(mark, kindNo) {
      if (mark < begin) return undefined;
      const ids = new Set<string>();
      for (const change of changes.slice(mark - begin)) if (change.kindNo === kindNo) ids.add(change.id);
      return ids;
    },
  };
}
