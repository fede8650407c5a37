import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@quarterdeck/database';
import type { Keyring } from './keyring.ts';
import { countByKey, rewrapBatch } from './sealed-columns.ts';

const batch = 500;
const retryMs = 100;

/**
 * Seals every record of another key again with the primary one, a batch per statement, while the product runs.
 * @returns how many
 */
export async function rewrapAll(
  database: Database,
  keyring: Keyring,
  onProgress: (done: number) => void = () => {},
): Promise<number> {
  let done = 0;
  for (;;) {
    const sealed = await rewrapBatch(database.pool, keyring, batch);
    done += sealed;
    if (sealed > 0) onProgress(done);
    else if (!(await hasOthers(database, keyring.primary))) return done;
    // Rows that somebody was changing: their next look is ours, or they are sealed with the primary key.
    else await wait(retryMs);
  }
}

async function hasOthers(database: Database, primary: string): Promise<boolean> {
  return [...(await countByKey(database.pool)).keys()].some((keyId) => keyId !== primary);
}

/**
 * Takes a key out of use: from here on the database refuses records that are sealed with it, so a process that has not
 * heard of it cannot leave one behind.
 * @returns how many records it still wraps; the key stays when there are any
 */
export async function removeKey(database: Database, keyId: string): Promise<number> {
  return database.transaction(async (tx) => {
    // Waits for writes under way that hold the canary; those after it find none.
    await tx.query('SELECT FROM platform_key_canary WHERE key_id = $1 FOR UPDATE', [keyId]);
    const left = (await countByKey(tx)).get(keyId) ?? 0;
    if (left === 0) await tx.query('DELETE FROM platform_key_canary WHERE key_id = $1', [keyId]);
    return left;
  });
}
