import { createHash } from 'node:crypto';
import type { AuditRecord, TrailVerification } from '@quarterdeck/contracts';
import { type Database, DatabaseUnavailableError, type Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { notFound } from '../../platform/errors.ts';
import { noteEffect } from '../../platform/http/idempotency-scope.ts';
import { toUuid } from '../../platform/ids.ts';
import { gather } from '../../platform/jobs/gather.ts';
import { type Actor, principalId } from '../../platform/principal.ts';
import {
  type AuditFilter,
  type AuditPosition,
  type AuditRow,
  createAuditStore,
  type Deed,
  toAuditRecord,
} from './audit.store.ts';
import type { AuditEntry, Fingerprint } from './audit-record.ts';
import { createTrailStore, type TrailStatus } from './trail.store.ts';

/** What other features use of audit. */
export interface Audit {
  /** Within a change: committed with it, or nothing is. */
  write(tx: Transaction, actor: Actor, entries: readonly AuditEntry[]): Promise<void>;
  /** By itself: sign-ins, sensitive reads before their answer, the intent before and the outcome after a write to a cluster. */
  record(actor: Actor, entries: readonly AuditEntry[]): Promise<void>;
  /** A denial: the same one within a minute, on any server, is one record with a count. */
  recordDenial(actor: Actor, entry: AuditEntry): Promise<void>;
  /** What a name or value is kept as when it must not be readable. */
  readonly fingerprint: Fingerprint;
  list(
    filter: AuditFilter & { cursor?: string | undefined; limit: number },
  ): Promise<{ items: AuditRecord[]; nextCursor?: string; total: number; totalIsExact: boolean }>;
  /** @throws AppError `not_found` */
  get(id: string): Promise<AuditRecord>;
  /** Every record that matches and exists now, newest first, in pages. */
  all(filter: AuditFilter): AsyncGenerator<AuditRow[]>;
  verification(): Promise<TrailVerification>;
}

const exportPage = 1000;

export function createAudit(deps: { database: Database; cursors: Cursors; fingerprint: Fingerprint }): Audit {
  const { database, cursors, fingerprint } = deps;
  const store = createAuditStore(database, fingerprint);
  const trail = createTrailStore(database);
  // A chain is locked until its commit: what is recorded at the same time takes it once.
  const recordProblem = gather<Deed, unknown>(
    async (deeds) => {
      try {
        await database.transaction(async (tx) => store.appendAtCommit(tx, deeds));
        return deeds.map(() => undefined);
      } catch (error) {
        if (deeds.length === 1 || error instanceof DatabaseUnavailableError) throw error;
        // Something in one of them cannot be stored; the others are not to suffer for it.
        const each = await Promise.allSettled(
          deeds.map((deed) => database.transaction(async (tx) => store.appendAtCommit(tx, [deed]))),
        );
        return each.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
      }
    },
    { most: 100 },
  );
  /** What was done in transactions under way: chains are taken in their order, once, however many record in one. */
  const open = new WeakMap<Transaction, Deed[]>();

  return {
    fingerprint,
    async write(tx, actor, entries) {
      const before = open.get(tx);
      if (before !== undefined) return void before.push({ actor, entries });
      const deeds = [{ actor, entries }];
      open.set(tx, deeds);
      // Before the records: their chains are locked by the last statement alone.
      noteEffect(tx);
      store.appendAtCommit(tx, deeds);
    },
    async record(actor, entries) {
      const problem = await recordProblem({ actor, entries });
      if (problem !== undefined) throw problem;
    },
    recordDenial: (actor, entry) =>
      database.transaction((tx) => store.appendOnce(tx, actor, denialKey(actor, entry), entry)),

    async list({ cursor, limit, ...filter }) {
      const scope = ['audit', filter];
      const position = cursor === undefined ? undefined : cursors.verify<AuditPosition>(scope, cursor);
      const [rows, count] = await Promise.all([store.page(filter, position, limit + 1), store.count(filter)]);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toAuditRecord),
        ...(rows.length > limit && last !== undefined ? { nextCursor: cursors.sign(scope, positionOf(last)) } : {}),
        total: count.total,
        totalIsExact: count.exact,
      };
    },

    async get(id) {
      const row = await store.find(toUuid(id));
      if (row === undefined) throw notFound('This record');
      return toAuditRecord(row);
    },

    async *all(filter) {
      let position: AuditPosition | undefined;
      for (;;) {
        const rows = await store.page(filter, position, exportPage);
        if (rows.length > 0) yield rows;
        const last = rows.at(-1);
        if (last === undefined || rows.length < exportPage) return;
        position = positionOf(last);
      }
    },

    verification: async () => toVerification(await trail.readStatus()),
  };
}

function positionOf(row: AuditRow): AuditPosition {
  return { at: row.at_text, id: row.id };
}

function denialKey(actor: Actor, entry: AuditEntry): Buffer {
  const parts = [principalId(actor.principal), actor.ip, entry.action, entry.code, entry.target];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** The trail is verified up to the oldest time that some chain has not been recomputed from. */
function toVerification({ chains, checkpointAt }: TrailStatus): TrailVerification {
  const used = chains.filter(({ head }) => head > 0);
  const behind = used.filter(({ head, verified }) => verified.seq < head);
  const times = (behind.length > 0 ? behind : used).map(({ recordAt }) => recordAt?.getTime());
  const upTo = behind.length > 0 ? Math.min(...times.map((at) => at ?? 0)) : Math.max(...times.map((at) => at ?? 0));
  const bad = used.find((chain) => chain.bad !== undefined)?.bad;
  const checkedAt = Math.max(0, ...used.map(({ verifiedAt }) => verifiedAt?.getTime() ?? 0));
  return {
    state: bad !== undefined ? 'broken' : behind.length > 0 ? 'behind' : 'verified',
    records: used.reduce((sum, { head }) => sum + head, 0),
    ...(Number.isFinite(upTo) && upTo > 0 ? { verifiedUpTo: new Date(upTo).toISOString() } : {}),
    ...(checkedAt > 0 ? { checkedAt: new Date(checkedAt).toISOString() } : {}),
    ...(bad === undefined ? {} : { firstBad: bad }),
    ...(checkpointAt === undefined ? {} : { checkpointAt: checkpointAt.toISOString() }),
  };
}
