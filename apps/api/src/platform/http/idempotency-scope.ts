import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from '@quarterdeck/database';
import type { IdempotencyKey } from './ports.ts';

const scope = new AsyncLocalStorage<IdempotencyKey>();

/** Runs a handler that came with an `Idempotency-Key`. */
export function withIdempotencyKey<T>(key: IdempotencyKey, work: () => Promise<T>): Promise<T> {
  return scope.run(key, work);
}

/**
 * Within a change: notes that the request of this key has had its effect, in the same transaction. When the answer is
 * lost afterwards (a kill, a failover), the next try with the key finds the note instead of doing it again.
 */
export function noteEffect(tx: Pick<Transaction, 'atCommit'>): void {
  const key = scope.getStore();
  if (key === undefined) return;
  tx.atCommit(
    (literal) =>
      `UPDATE platform_idempotency_key SET effect_at = now()
       WHERE owner = ${literal(key.owner)} AND endpoint = ${literal(key.endpoint)} AND key = ${literal(key.key)} AND finished_at IS NULL`,
  );
}
