import type { OutboundEffect } from '@quarterdeck/contracts';
import { retryOutboundEffect } from '@quarterdeck/contracts/pipelines/deliveries';
import { AgeText, type Column, DataTable, EmptyState, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useScope } from '../../platform/scope.ts';
import { effectStatus } from './pipeline-status.ts';
import { t } from './pipelines.messages.ts';
import { effectsKey, effectsQuery } from './pipelines.queries.ts';
import { Verdict } from './verdict.tsx';

/** What GitLab and channels were told, and what still waits to be said. */
export function EffectsPanel() {
  const { scope } = useScope();
  const queries = useQueryClient();
  const list = useQuery(effectsQuery(scope.project.length === 1 ? scope.project[0] : undefined));
  const retry = useMutation({
    mutationFn: (id: string) => api.call(retryOutboundEffect, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: effectsKey }),
  });
  const rows = list.data?.items ?? [];
  return (
    <>
      {retry.isError ? <ProblemAlert problem={problemOf(retry.error)} /> : null}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          <EmptyState title={t.nothingSent} action={null}>
            {t.nothingSentHelp}
          </EmptyState>
        }
      >
        <DataTable label={t.sent} columns={columnsOf((id) => retry.mutate(id))} rows={rows} rowId={(row) => row.id} />
      </ListPanel>
    </>
  );
}

function columnsOf(onRetry: (id: string) => void): Column<OutboundEffect>[] {
  return [
    { key: 'when', title: t.when, cell: (row) => <AgeText at={row.createdAt} /> },
    { key: 'release', title: t.release, cell: (row) => row.release },
    {
      key: 'what',
      title: t.what,
      cell: (row) => (
        <>
          {t.effectKinds[row.kind]} <span className="badge">{row.phase}</span>
        </>
      ),
    },
    { key: 'to', title: t.to, cell: (row) => row.connection },
    {
      key: 'state',
      title: t.verdict,
      wrap: true,
      cell: (row) => (
        <>
          <Verdict shown={effectStatus(row)} />{' '}
          <span className="muted">
            {row.attempts > 1 ? t.tries(row.attempts) : null}{' '}
            {row.nextAt === undefined || row.attempts === 0 ? null : (
              <>
                {t.next} <AgeText at={row.nextAt} />
              </>
            )}
          </span>
        </>
      ),
    },
    {
      key: 'actions',
      title: t.actions,
      cell: (row) =>
        row.state === 'delivered' ? null : (
          <button type="button" className="button small" onClick={() => onRetry(row.id)}>
            {t.retry}
          </button>
        ),
    },
  ];
}
