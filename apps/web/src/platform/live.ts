import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { live } from './api.ts';

/** Rows of a live view; `refusal` is why there are none, or none any more, in the words of the server. */
export type LiveRows<R> = { rows: R[] | undefined; refusal: string | undefined };

/** A complete live set: rows as they are now, `undefined` until the first snapshot came. */
export function useLiveSet<R extends { id: string }>(view: string, params: Record<string, unknown>): R[] | undefined {
  return useLiveRows<R>(view, params).rows;
}

/** As `useLiveSet`, for a page that must say when it is refused: rows that were shown before stay. */
export function useLiveRows<R extends { id: string }>(view: string, params: Record<string, unknown>): LiveRows<R> {
  const [rows, setRows] = useState<R[] | undefined>();
  const [refusal, setRefusal] = useState<string | undefined>();
  const queries = useQueryClient();
  const key = JSON.stringify(params);
  useEffect(() => {
    const held = new Map<string, R>();
    let incoming: R[] = [];
    setRows(undefined);
    setRefusal(undefined);
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
          setRefusal(undefined);
        },
        error(_code, detail) {
          setRefusal(detail);
          // What one may do has changed: buttons say so too.
          void queries.invalidateQueries({ queryKey: ['identity', 'me'] });
        },
        delta(puts, dels) {
          for (const row of puts as R[]) held.set(row.id, row);
          for (const id of dels) held.delete(id);
          setRows([...held.values()]);
        },
      },
    );
  }, [view, key, queries]);
  return { rows, refusal };
}

/** True while the live connection is open. */
export function useLiveState(): boolean {
  const [open, setOpen] = useState(true);
  useEffect(() => live.onState(setOpen), []);
  return open;
}
