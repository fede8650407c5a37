import { useEffect, useState } from 'react';
import { live } from './api.ts';

/** A complete live set: rows as they are now, `undefined` until the first snapshot came. */
export function useLiveSet<R extends { id: string }>(view: string, params: Record<string, unknown>): R[] | undefined {
  const [rows, setRows] = useState<R[] | undefined>();
  const key = JSON.stringify(params);
  useEffect(() => {
    const held = new Map<string, R>();
    let incoming: R[] = [];
    setRows(undefined);
    return live.subscribe(
      view,
      { params: JSON.parse(key) as Record<string, unknown> },
      {
        restart() {
          incoming = [];
        },
        snapshot(part, final) {
          incoming.push(...(part as R[]));
          if (!final) return;
          held.clear();
          for (const row of incoming) held.set(row.id, row);
          incoming = [];
          setRows([...held.values()]);
        },
        delta(puts, dels) {
          for (const row of puts as R[]) held.set(row.id, row);
          for (const id of dels) held.delete(id);
          setRows([...held.values()]);
        },
      },
    );
  }, [view, key]);
  return rows;
}

/** True while the live connection is open. */
export function useLiveState(): boolean {
  const [open, setOpen] = useState(true);
  useEffect(() => live.onState(setOpen), []);
  return open;
}
