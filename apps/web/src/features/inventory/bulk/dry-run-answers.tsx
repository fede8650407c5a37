import type { InventoryObject } from '@quarterdeck/contracts';
import { DataTable, type Status, StatusDot } from '@quarterdeck/ui';
import { t } from './bulk.messages.ts';
import type { BulkAction } from './bulk-actions.ts';
import { objectColumns } from './bulk-report.tsx';
import type { Answer } from './use-dry-run.ts';

type Line = { row: InventoryObject; status: Status; why: string };

/** How the clusters answered to the dry run, and every object that is left out, with the reason. */
export function DryRunAnswers(props: {
  action: BulkAction;
  rows: readonly InventoryObject[];
  /** Of so many of the rows a cluster is asked. */
  asked: number;
  isAsking: boolean;
  answers: ReadonlyMap<string, Answer>;
  whyNotAsked: (row: InventoryObject) => string | undefined;
  onAgain: () => void;
}) {
  const { action, rows, asked, isAsking, answers } = props;
  const lines = rows.flatMap((row): Line[] => {
    const why = props.whyNotAsked(row);
    if (why !== undefined) return [{ row, status: 'unknown', why }];
    const answer = answers.get(row.id);
    if (answer === undefined) return [];
    if ('unasked' in answer) return [{ row, status: 'unknown', why: answer.unasked }];
    const { refusal, warnings } = answer.preview;
    if (refusal !== undefined) return [{ row, status: 'failed', why: refusal.detail }];
    return warnings.map((warning) => ({ row, status: 'degraded', why: t.warned(warning) }));
  });
  const refused = lines.filter(({ status }) => status === 'failed').length;
  const unasked = [...answers.values()].filter((answer) => 'unasked' in answer).length;
  const left = new Set(lines.filter(({ status }) => status !== 'degraded').map(({ row }) => row.id)).size;
  return (
    <section className="stack tight" aria-label={t.dryRun}>
      {!isAsking || asked === 0 ? null : (
        <div className="row wrap" role="status">
          {answers.size < asked ? (
            <>
              <progress max={asked} value={answers.size} aria-label={t.asked(answers.size, asked)} />
              <span>{t.asked(answers.size, asked)}</span>
            </>
          ) : (
            <StatusDot status={refused + unasked === 0 ? 'healthy' : 'degraded'}>
              {t.taken(asked - refused - unasked, asked)}
            </StatusDot>
          )}
          {refused === 0 ? null : <StatusDot status="failed">{t.refused(refused)}</StatusDot>}
          {unasked === 0 ? null : (
            <>
              <StatusDot status="unknown">{t.unasked(unasked)}</StatusDot>
              <button type="button" className="button small" onClick={props.onAgain}>
                {t.askAgain}
              </button>
            </>
          )}
        </div>
      )}
      {lines.length === 0 ? null : (
        <>
          <p>{t.leftOut(left)}</p>
          <DataTable
            label={t.leftOut(left)}
            columns={[
              ...objectColumns<Line>(),
              {
                key: 'why',
                title: t.why,
                wrap: true,
                cell: ({ status, why }) => <StatusDot status={status}>{why}</StatusDot>,
              },
            ]}
            rows={lines}
            rowId={({ row, why }) => `${row.id} ${why}`}
          />
        </>
      )}
      {isAsking && t.unforeseen[action] !== undefined ? <p className="muted">{t.unforeseen[action]}</p> : null}
    </section>
  );
}
