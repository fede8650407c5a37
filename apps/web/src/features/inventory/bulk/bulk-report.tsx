import type { InventoryObject } from '@quarterdeck/contracts';
import { type Column, CopyButton, DataTable, Dialog, type Status, StatusDot } from '@quarterdeck/ui';
import { t } from './bulk.messages.ts';
import type { Outcome } from './run-bulk.ts';

type Line = { row: InventoryObject; outcome: Outcome };

const statusOf: Record<Outcome['state'], Status> = {
  ok: 'healthy',
  failed: 'failed',
  waiting: 'waiting',
  skipped: 'unknown',
};

/** Which object a line is about. */
export function objectColumns<L extends { row: InventoryObject }>(): Column<L>[] {
  return [
    { key: 'object', title: t.object, cell: ({ row }) => <strong>{nameOf(row)}</strong> },
    { key: 'cluster', title: t.cluster, cell: ({ row }) => <span className="badge">{row.cluster}</span> },
  ];
}

const columns: Column<Line>[] = [
  ...objectColumns<Line>(),
  {
    key: 'outcome',
    title: t.outcome,
    wrap: true,
    cell: ({ outcome }) => (
      <StatusDot status={statusOf[outcome.state]}>{outcome.why ?? t.outcomes[outcome.state]}</StatusDot>
    ),
  },
];

const nameOf = ({ namespace, name }: InventoryObject) => (namespace === undefined ? name : `${namespace}/${name}`);

/** Progress while it runs, then what became of each object, those that failed first. */
export function BulkReport(props: {
  title: string;
  rows: readonly InventoryObject[];
  outcomes: ReadonlyMap<string, Outcome>;
  running: boolean;
  onStop: () => void;
  onAgain: (rows: InventoryObject[]) => void;
  onClose: () => void;
}) {
  const { rows, outcomes, running } = props;
  const lines = rows.map((row): Line => ({ row, outcome: outcomes.get(row.id) ?? { state: 'waiting' } }));
  const count = (state: Outcome['state']) => lines.filter(({ outcome }) => outcome.state === state).length;
  const failed = lines.filter(({ outcome }) => outcome.state === 'failed').map(({ row }) => row);
  const ended = rows.length - count('waiting');
  const shown = running
    ? lines
    : lines.toSorted((a, b) => Number(b.outcome.state === 'failed') - Number(a.outcome.state === 'failed'));
  const text = lines
    .map(({ row, outcome }) => `${row.cluster}\t${nameOf(row)}\t${t.outcomes[outcome.state]}\t${outcome.why ?? ''}`)
    .join('\n');
  return (
    // What runs is not lost by a key: it is stopped by its button.
    <Dialog title={props.title} onClose={running ? () => {} : props.onClose}>
      <div className="row wrap" role="status">
        {running ? (
          <>
            <progress max={rows.length} value={ended} aria-label={t.running(ended, rows.length)} />
            <span>{t.running(ended, rows.length)}</span>
          </>
        ) : (
          <StatusDot status={count('ok') === rows.length ? 'healthy' : 'degraded'}>
            {t.done(count('ok'), rows.length)}
          </StatusDot>
        )}
        {failed.length === 0 ? null : <StatusDot status="failed">{t.failedOnes(failed.length)}</StatusDot>}
        {count('skipped') === 0 ? null : <span className="muted">{t.stopped(count('skipped'))}</span>}
      </div>
      <DataTable label={t.report} columns={columns} rows={shown} rowId={({ row }) => row.id} />
      <div className="row wrap">
        {running ? (
          <button type="button" className="button" onClick={props.onStop}>
            {t.stop}
          </button>
        ) : (
          <>
            <button type="button" className="button primary" data-autofocus onClick={props.onClose}>
              {t.close}
            </button>
            {failed.length === 0 ? null : (
              <button type="button" className="button" onClick={() => props.onAgain(failed)}>
                {t.again(failed.length)}
              </button>
            )}
            <CopyButton text={text} label={t.copyReport} />
          </>
        )}
      </div>
    </Dialog>
  );
}
