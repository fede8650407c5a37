import type { AuditRecord } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import type { Actor } from '../../platform/principal.ts';
import { type AuditFilter, type AuditPosition, createAuditStore, toAuditRecord } from './audit.store.ts';
import type { AuditEntry } from './audit-record.ts';

/** What other features use of audit. */
export interface Audit {
  /** Within a change: the last statement of its transaction. */
  write(tx: Transaction, actor: Actor, entries: readonly AuditEntry[]): Promise<void>;
  /** By itself: denials, sign-ins, the intent before and the outcome after a write to a cluster. */
  record(actor: Actor, entries: readonly AuditEntry[]): Promise<void>;
  list(
    filter: AuditFilter & { cursor?: string | undefined; limit: number },
  ): Promise<{ items: AuditRecord[]; nextCursor?: string; total: number; totalIsExact: boolean }>;
}

export function createAudit({ database, cursors }: { database: Database; cursors: Cursors }): Audit {
  const store = createAuditStore(database);
  return {
    write: (tx, actor, entries) => store.append(tx, actor, entries),
    record: (actor, entries) => database.transaction((tx) => store.append(tx, actor, entries)),

    async list({ cursor, limit, ...filter }) {
      const scope = ['audit', filter];
      const position = cursor === undefined ? undefined : cursors.verify<AuditPosition>(scope, cursor);
      const [rows, count] = await Promise.all([store.page(filter, position, limit + 1), store.count(filter)]);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toAuditRecord),
        ...(rows.length > limit && last !== undefined
          ? { nextCursor: cursors.sign(scope, { at: last.at_text, id: last.id } satisfies AuditPosition) }
          : {}),
        total: count.total,
        totalIsExact: count.exact,
      };
    },
  };
}
