import type { Cursors } from '../../platform/cursor.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { KindKey } from './object-rows.ts';
import type { Reach } from './reach.ts';

/** What a live set shows: what was asked for, of which clusters, as far as somebody sees it. */
export type LiveQuestion = { query: unknown; plural: KindKey; clusterNos: ReadonlySet<number>; reach: Reach };

type Position = { reach: string; revs: [clusterNo: number, rev: string][] };

/** A cursor holds a revision of each cluster: of more than these none is made, and a reconnect begins with all rows. */
const maxClusters = 120;
/** With more changes than these all rows are the shorter answer. */
const maxChanges = 2000;
const leastOfCluster = 20;

/**
 * Where a live set stands, for who comes back to any server of the installation: the revision of each of its clusters,
 * signed together with the question.
 */
export interface LiveCursors {
  /**
   * The cursor of a set that holds everything the change feed has told so far. Taken before the rows are read: what
   * comes between is then told twice, never not at all.
   */
  now(question: LiveQuestion): string | undefined;
  /**
   * Ids of the kind's rows that changed since, of places that are seen whole; `undefined` when that cannot be told: the
   * log was swept, the clusters are others, somebody sees more or less than then, or sees rows by their names.
   * @throws AppError `invalid_cursor` (422) for a made-up cursor or one of another question
   */
  changedSince(question: LiveQuestion, cursor: string): Promise<ReadonlySet<string> | undefined>;
}

export function createLiveCursors(deps: {
  cursors: Cursors;
  readModel: Pick<InventoryReadModel, 'changesAfter' | 'revisions'>;
  feed: Pick<ChangeFeed, 'revisionOf'>;
}): LiveCursors {
  const { cursors, readModel, feed } = deps;
  const scopeOf = ({ query }: LiveQuestion) => ['live', 'inventory.objects', query];

  return {
    now(question) {
      if (question.clusterNos.size > maxClusters) return undefined;
      const revs = [...question.clusterNos].flatMap((clusterNo): Position['revs'] => {
        const rev = feed.revisionOf(clusterNo);
        return rev === undefined ? [] : [[clusterNo, String(rev)]];
      });
      const position: Position = { reach: question.reach.key, revs };
      return cursors.sign(scopeOf(question), position);
    },

    async changedSince(question, cursor) {
      const { reach, revs } = cursors.verify<Position>(scopeOf(question), cursor);
      const seen = new Map(revs.map(([clusterNo, rev]) => [clusterNo, BigInt(rev)]));
      const isSame = reach === question.reach.key && [...question.clusterNos].every((number) => seen.has(number));
      const isSeen = wholePlaces(question.reach);
      if (!isSame || seen.size !== question.clusterNos.size || isSeen === undefined) return undefined;
      const heads = await readModel.revisions();
      const limit = Math.max(leastOfCluster, Math.ceil(maxChanges / Math.max(1, seen.size)));
      const changes = await readModel.changesAfter(seen, limit);
      const ids = new Set<string>();
      for (const [clusterNo, rev] of seen) {
        const rows = changes.get(clusterNo) ?? [];
        const first = rows.at(0);
        // Every revision leaves changes: without the next one they were swept, or the database is an older one.
        const isWhole = first === undefined ? heads.get(clusterNo) === String(rev) : BigInt(first.rev) === rev + 1n;
        if (!isWhole || rows.length === limit) return undefined;
        for (const { plural, id, nsNo } of rows) {
          if (plural === question.plural && isSeen(clusterNo, nsNo)) ids.add(id);
        }
      }
      return ids;
    },
  };
}

/** Whether somebody sees all rows of a place; `undefined` where rows of other places are seen, too. */
function wholePlaces(reach: Reach): ((clusterNo: number, nsNo: number) => boolean) | undefined {
  const { isFleet, named, anywhere, scopeNo } = reach;
  if (isFleet) return () => true;
  if (named.length + anywhere.length > 0 || scopeNo !== undefined) return undefined;
  const [clusterNos, nsNos] = [new Set(reach.clusterNos), new Set(reach.nsNos)];
  return (clusterNo, nsNo) => clusterNos.has(clusterNo) || nsNos.has(nsNo);
}
