import type { StoredRow } from './stored-row.ts';

/** About three kilobytes each, with their text. */
const mostKept = 4000;

/** Rows by what they hold. A row that changes in anything that is shown of it has another fingerprint. */
export interface ShownRows {
  get(row: Pick<StoredRow, 'id' | 'fp'>): StoredRow | undefined;
  put(row: StoredRow): void;
}

/** The rows that were read last, so that a page that is asked for again is not sent and written anew, only confirmed. */
export function createShownRows(): ShownRows {
  const rows = new Map<string, StoredRow>();
  return {
    get({ id, fp }) {
      const row = rows.get(id);
      return row?.fp === fp ? row : undefined;
    },
    put(row) {
      rows.delete(row.id);
      if (rows.size >= mostKept) rows.delete(rows.keys().next().value ?? '');
      rows.set(row.id, row);
    },
  };
}
