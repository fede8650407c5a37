import type { InventoryObject, inventoryObjectsView } from '@quarterdeck/contracts';
import type { z } from 'zod';
import { AppError } from '../../platform/errors.ts';
import type { LiveSource, LiveSubscription } from '../../platform/events/live-hub.ts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ChangeFeed, InventoryChange } from './change-feed.ts';
import type { Inventory } from './inventory.service.ts';
import type { LiveCursors, LiveQuestion } from './live-cursors.ts';
import type { ObjectFilter } from './object-conditions.ts';
import { createTakingPart } from './taking-part.ts';

type Params = z.output<typeof inventoryObjectsView.params>;
type Deps = { inventory: Inventory; feed: ChangeFeed; cursors: LiveCursors; wakes: RowWakes; logger: Logger };
type View = {
  changed: (changes: readonly InventoryChange[]) => void;
  begin: () => Promise<void>;
  /** Runs before any later read. */
  first: (work: () => Promise<void>) => Promise<void>;
  close: () => void;
};

const gatherMs = 75;
const hintMs = 1000;
/** A cluster's state is told of by a notification; one watch that was lost is not, and a notification can be lost. */
const answersMs = { soon: 1000, sweep: 10_000 };
const partRows = 200;
const maxSet = 2000;

/**
 * The live view `inventory.objects`. Mode `page`: the rows on screen (`ids`) change in place, all else of the filter is
 * a count at most once a second, so that nothing jumps and the cost is one page. Mode `set`: all that the filter
 * matches, up to 2,000 rows; who comes back with its cursor, to this server or another, gets what changed meanwhile.
 * Both tell which clusters take part, whenever that changes.
 */
export function objectsSource(deps: Deps): LiveSource {
  const clusterChanged = deps.wakes.of<undefined>('clusters.index');
  return {
    async open(subscription) {
      const { ids = [], ...query } = subscription.params as Params;
      const { principal } = subscription.actor;
      // Heard from before the first look at what may be seen, so that no change of it falls between.
      let judge = (_clusterNo?: number): void => {
        isOutdated = true;
      };
      let isOutdated = false;
      const unwatch = deps.inventory.onAccessChange((clusterNo) => judge(clusterNo));
      const { filter, asked } = await deps.inventory.filterOf(principal, query).catch((error: unknown) => {
        unwatch();
        throw error;
      });
      const clusterNos = new Set(asked.records.map((cluster) => cluster.number));
      const question = { query, plural: filter.plural, reach: filter.reach, clusterNos };
      const view =
        subscription.mode === 'page'
          ? pageView(deps, subscription, filter, ids)
          : setView(deps, subscription, filter, question);
      const resync = (reason: string) => void subscription.send({ type: 'resync', id: subscription.id, reason });

      /** Ends a view of which somebody may see more or less than before: nothing more of the old one leaves. */
      async function judgeAnew(): Promise<void> {
        const now = await deps.inventory.filterOf(principal, query).catch(() => undefined);
        if (now?.filter.reach.key === filter.reach.key) return;
        close();
        resync('What you may see has changed.');
      }
      judge = (clusterNo) => {
        if (clusterNo === undefined || clusterNos.has(clusterNo)) void view.first(judgeAnew);
      };

      // Changes are followed before the first read, so that none falls between.
      const unsubscribe = deps.feed.subscribe((changes) => {
        if (changes === undefined) {
          close();
          return resync('Some changes were missed.');
        }
        view.changed(changes.filter((change) => change.plural === filter.plural && clusterNos.has(change.clusterNo)));
      });
      const turns = createTurns(deps.logger);
      const tellAnswers = createTakingPart({
        read: () => deps.inventory.takingPart(principal, query),
        send: (clusters) => subscription.send({ type: 'clusters', id: subscription.id, clusters }),
      });
      const unwake = clusterChanged(() => turns.soon(tellAnswers, answersMs.soon), undefined);
      const sweep = setInterval(() => turns.soon(tellAnswers, 0), answersMs.sweep);
      const close = () => {
        unsubscribe();
        unwatch();
        unwake();
        clearInterval(sweep);
        turns.close();
        view.close();
      };
      try {
        await deps.feed.ready();
        await view.begin();
        await turns.now(tellAnswers);
        if (isOutdated) judge();
      } catch (error) {
        close();
        throw error;
      }
      return close;
    },
  };
}

/** Runs reads of one subscription one after another: an older read must not be sent after a newer one. */
function createTurns(logger: Logger) {
  let last: Promise<void> = Promise.resolve();
  let closed = false;
  const timers = new Map<() => Promise<void>, NodeJS.Timeout>();
  return {
    now(work: () => Promise<void>): Promise<void> {
      const next = last.then(() => (closed ? undefined : work()));
      last = next.catch(() => {});
      return next;
    },
    /** Once, `ms` from the first call. */
    soon(work: () => Promise<void>, ms: number): void {
      if (closed || timers.has(work)) return;
      const timer = setTimeout(() => {
        timers.delete(work);
        this.now(work).catch((error: unknown) => logger.warn({ err: error }, 'live rows failed'));
      }, ms);
      timers.set(work, timer);
    },
    close(): void {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function sendSnapshot(
  { id, send }: LiveSubscription,
  rows: readonly InventoryObject[],
  cursor?: string | undefined,
): void {
  for (let start = 0; start < Math.max(rows.length, 1); start += partRows) {
    const final = start + partRows >= rows.length;
    const end = final && cursor !== undefined ? { cursor } : {};
    if (!send({ type: 'snapshot', id, rows: rows.slice(start, start + partRows), final, ...end })) return;
  }
}

function pageView(deps: Deps, subscription: LiveSubscription, filter: ObjectFilter, ids: readonly string[]): View {
  const { inventory, logger } = deps;
  const turns = createTurns(logger);
  const onScreen = new Set(ids);
  // What is on screen stays until the person reloads, also when it no longer matches.
  const anyMatch: ObjectFilter = { plural: filter.plural, reach: filter.reach };
  const touched = new Set<string>();
  const inserted = new Set<string>();
  let total: number | undefined;

  async function sendRows(): Promise<void> {
    const asked = [...touched];
    touched.clear();
    const puts = await inventory.byIds(anyMatch, asked);
    const found = new Set(puts.map((row) => row.id));
    subscription.send({ type: 'delta', id: subscription.id, puts, dels: asked.filter((id) => !found.has(id)) });
  }

  async function sendHint(): Promise<void> {
    const asked = [...inserted];
    inserted.clear();
    const added = (await inventory.byIds(filter, asked)).length;
    const now = (await inventory.total(filter)).total;
    // Rows also come and go by changing into or out of the filter.
    const grown = now - (total ?? now);
    total = now;
    const hint = { added: Math.max(added, grown), removed: Math.max(0, Math.max(added, grown) - grown) };
    if (hint.added + hint.removed > 0) subscription.send({ type: 'hint', id: subscription.id, ...hint, total: now });
  }

  return {
    begin: () =>
      turns.now(async () => {
        const [rows, counted] = await Promise.all([inventory.byIds(anyMatch, ids), inventory.total(filter)]);
        total = counted.total;
        sendSnapshot(subscription, rows);
      }),
    changed(changes) {
      for (const { id, op } of changes) {
        if (onScreen.has(id)) touched.add(id);
        if (op === 'I') inserted.add(id);
        if (op === 'D') inserted.delete(id);
      }
      if (touched.size > 0) turns.soon(sendRows, gatherMs);
      if (changes.length > 0) turns.soon(sendHint, hintMs);
    },
    first: turns.now,
    close: turns.close,
  };
}

function setView(deps: Deps, subscription: LiveSubscription, filter: ObjectFilter, question: LiveQuestion): View {
  const { inventory, cursors, logger } = deps;
  const turns = createTurns(logger);
  const members = new Set<string>();
  const touched = new Set<string>();

  function sendDelta(puts: readonly InventoryObject[], dels: readonly string[], cursor: string | undefined): void {
    const { id, send } = subscription;
    send({ type: 'delta', id, puts: [...puts], dels: [...dels], ...(cursor === undefined ? {} : { cursor }) });
  }

  async function sendChanges(): Promise<void> {
    const asked = [...touched];
    touched.clear();
    const cursor = cursors.now(question);
    const puts = await inventory.byIds(filter, asked);
    const found = new Set(puts.map((row) => row.id));
    const dels = asked.filter((id) => !found.has(id) && members.delete(id));
    for (const id of found) members.add(id);
    if (members.size > maxSet) {
      const { message, code } = tooLarge();
      subscription.send({ type: 'error', id: subscription.id, code, detail: message });
      return turns.close();
    }
    if (puts.length + dels.length > 0) sendDelta(puts, dels, cursor);
  }

  return {
    begin: () =>
      turns.now(async () => {
        const since = subscription.cursor;
        const changed = since === undefined ? undefined : await cursors.changedSince(question, since);
        const cursor = cursors.now(question);
        const rows = await inventory.wholeSet(filter, maxSet);
        if (rows === undefined) throw tooLarge();
        for (const { id } of rows) members.add(id);
        if (changed === undefined) return sendSnapshot(subscription, rows, cursor);
        const gone = [...changed].filter((id) => !members.has(id));
        sendDelta(
          rows.filter(({ id }) => changed.has(id)),
          gone,
          cursor,
        );
      }),
    changed(changes) {
      for (const { id } of changes) touched.add(id);
      if (touched.size > 0) turns.soon(sendChanges, gatherMs);
    },
    first: turns.now,
    close: turns.close,
  };
}

function tooLarge(): AppError {
  return new AppError('use_page', 422, `More than ${maxSet} rows match. Filter more narrowly, or use mode page.`);
}
