import type { Freeze } from '@quarterdeck/contracts';
import { deleteFreezeWindow } from '@quarterdeck/contracts/applications';
import { ActionButton, type Column, DataTable, DateText, EmptyState, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './delivery.messages.ts';
import { NewFreeze } from './new-freeze.tsx';

type Place = { id: string; name: string };

/** When nothing new starts in an environment, by which rule, and whether it holds now. */
export function FreezeWindows(props: {
  project: { id: string; displayName: string };
  environment: Place;
  windows: readonly Freeze[];
  query: Parameters<typeof ListPanel>[0]['list'];
}) {
  const { project, environment, windows } = props;
  const [adding, setAdding] = useState(false);
  const refusal = useRefusal('environments:manage');
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string) => api.call(deleteFreezeWindow, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['applications', 'freeze-windows'] }),
  });
  const columns: Column<Freeze>[] = [
    { key: 'name', title: t.name, cell: ({ name }) => <strong>{name}</strong> },
    {
      key: 'state',
      title: t.now,
      cell: ({ holdsUntil }) =>
        holdsUntil === undefined ? (
          <span className="muted">{t.open}</span>
        ) : (
          <StatusDot status="degraded">
            {t.heldUntil} <DateText at={holdsUntil} />
          </StatusDot>
        ),
    },
    { key: 'when', title: t.when, wrap: true, cell: ({ recurrence }) => t.recurs(recurrence) },
    {
      key: 'where',
      title: t.where,
      cell: ({ environmentId, projectId }) =>
        environmentId !== undefined ? environment.name : projectId !== undefined ? project.displayName : t.everywhere,
    },
    {
      key: 'rollbacks',
      title: t.rollbacks,
      cell: ({ holdsRollbacks }) => (holdsRollbacks ? t.rollbacksHeld : t.rollbacksPass),
    },
    {
      key: 'end',
      title: t.action,
      cell: ({ id, name }) => (
        <ActionButton small reason={refusal} pending={end.isPending} onClick={() => end.mutate(id)}>
          {t.endFreeze(name)}
        </ActionButton>
      ),
    },
  ];
  const add = (
    <ActionButton reason={refusal} onClick={() => setAdding(true)}>
      {t.addFreeze}
    </ActionButton>
  );
  return (
    <section className="stack" aria-label={t.freezes}>
      <div className="spread wrap">
        <h2>{t.freezes}</h2>
        {windows.length === 0 ? null : add}
      </div>
      {end.isError ? <ProblemAlert problem={problemOf(end.error)} /> : null}
      <ListPanel
        list={props.query}
        shown={windows.length}
        rows={2}
        nothing={
          <EmptyState title={t.noFreezes} action={add}>
            {t.noFreezesHelp}
          </EmptyState>
        }
      >
        <DataTable label={t.freezes} columns={columns} rows={windows} rowId={({ id }) => id} />
      </ListPanel>
      {adding ? <NewFreeze project={project} environment={environment} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}
