import type { ObjectKey, ObjectRow } from '../projection/row.ts';
import type { Sink, WatchBatch } from './sink.ts';

/** A sink in memory that keeps rows by name, like the inventory does. */
export function createMemorySink(options: { onStore?: (batch: WatchBatch) => void | Promise<void> } = {}) {
  const rows = new Map<string, ObjectKey & Partial<ObjectRow>>();
  const states: string[] = [];
  const batches: WatchBatch[] = [];
  const memory = { rows, states, batches, version: undefined as string | undefined };

  function apply(batch: WatchBatch): void {
    batches.push(batch);
    for (const key of batch.deletes) {
      const place = `${key.namespace}/${key.name}`;
      if (rows.get(place)?.uid === key.uid) rows.delete(place);
    }
    for (const row of batch.puts) rows.set(`${row.namespace}/${row.name}`, row);
    if (batch.complete !== undefined) {
      for (const [place, row] of rows) if (!batch.complete.has(row.uid)) rows.delete(place);
    }
    memory.version = batch.resourceVersion ?? memory.version;
  }

  const sink: Sink = {
    position: async () => ({ resourceVersion: memory.version, rows: rows.size }),
    async countUnseen(_kind, seen) {
      return { unseen: [...rows.values()].filter((row) => !seen.has(row.uid)).length, rows: rows.size };
    },
    async store(batch) {
      await options.onStore?.(batch);
      apply(batch);
    },
    async changeState(_kind, state, reason) {
      states.push(reason === undefined ? state : `${state}: ${reason}`);
    },
    async serves() {},
  };
  return { sink, apply, ...{ rows, states, batches }, memory };
}
