import type { sessionSchema } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, DateText, StatusDot } from '@quarterdeck/ui';
import type { z } from 'zod';
import { browserOf } from './browser-name.ts';
import { t } from './identity.messages.ts';

export type Session = z.infer<typeof sessionSchema>;

/**
 * Sessions of one account, each with the way to end it.
 * @param props.narrow beside a list: without start and end
 */
export function SessionsTable(props: {
  sessions: readonly Session[];
  narrow?: boolean;
  pending: boolean;
  onEnd: (id: string) => void;
}) {
  const columns: Column<Session>[] = [
    {
      key: 'browser',
      title: t.browser,
      cell: (row) => (
        <span className="row">
          <span title={row.userAgent}>{browserOf(row.userAgent) ?? t.unknownBrowser}</span>
          {row.current ? <StatusDot status="healthy">{t.thisSession}</StatusDot> : null}
        </span>
      ),
    },
    { key: 'ip', title: t.address, cell: (row) => <code>{row.ip}</code> },
    { key: 'started', title: t.started, cell: (row) => <AgeText at={row.createdAt} /> },
    { key: 'used', title: t.lastUsed, cell: (row) => <AgeText at={row.lastUsedAt} /> },
    { key: 'ends', title: t.ends, cell: (row) => <DateText at={row.expiresAt} /> },
    {
      key: 'end',
      title: t.actions,
      cell: (row) =>
        row.current ? null : (
          <button
            type="button"
            className="button small"
            disabled={props.pending}
            aria-label={t.endSession(browserOf(row.userAgent) ?? t.unknownBrowser)}
            onClick={() => props.onEnd(row.id)}
          >
            {t.end}
          </button>
        ),
    },
  ];
  const shown = columns.filter(({ key }) => props.narrow !== true || (key !== 'started' && key !== 'ends'));
  return <DataTable label={t.sessions} columns={shown} rows={props.sessions} rowId={(row) => row.id} />;
}
