import type { Freeze } from '@quarterdeck/contracts';
import { deleteFreezeWindow } from '@quarterdeck/contracts/applications';
import {
  ActionButton,
  type Column,
  ConfirmDanger,
  DataTable,
  EmptyState,
  ProblemAlert,
  StatusDot,
  TimeText,
} from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './delivery.messages.ts';
import { FreezeCalendar } from './freeze-calendar.tsx';
import { FreezeDialog } from './freeze-dialog.tsx';
import { freezesKey } from './freeze-draft.ts';
import { freezeWords } from './freeze-words.ts';

type Place = { id: string; name: string };

/** When nothing new starts in an environment, by which rule, and when that is next. */
export function FreezeWindows(props: {
  project: { id: string; displayName: string };
  environment: Place;
  windows: readonly Freeze[];
  query: Parameters<typeof ListPanel>[0]['list'];
}) {
  const { project, environment, windows } = props;
  const [edited, setEdited] = useState<Freeze | 'new' | undefined>();
  const [endedId, setEnded] = useState<string | undefined>();
  const refusal = useRefusal('environments:manage');
  const ended = windows.find(({ id }) => id === endedId);
  const where = ({ environmentId, projectId, tiers }: Freeze) => {
    const place =
      environmentId !== undefined ? environment.name : projectId !== undefined ? project.displayName : t.everywhere;
    return tiers.length === 0 ? place : t.onlyTiers(place, tiers);
  };
  const columns: Column<Freeze>[] = [
    { key: 'name', title: t.name, cell: ({ name }) => <strong>{name}</strong> },
    { key: 'state', title: t.now, cell: (freeze) => <NowOrNext freeze={freeze} /> },
    { key: 'when', title: t.when, wrap: true, cell: ({ recurrence }) => freezeWords(recurrence) },
    { key: 'where', title: t.where, wrap: true, cell: where },
    {
      key: 'rollbacks',
      title: t.rollbacks,
      cell: ({ holdsRollbacks }) => (holdsRollbacks ? t.rollbacksHeld : t.rollbacksPass),
    },
    {
      key: 'actions',
      title: t.action,
      cell: (freeze) => (
        <span className="row">
          <ActionButton small reason={refusal} onClick={() => setEdited(freeze)}>
            {t.change}
            <span className="visually-hidden"> {freeze.name}</span>
          </ActionButton>
          <ActionButton small reason={refusal} onClick={() => setEnded(freeze.id)}>
            {t.end}
            <span className="visually-hidden"> {freeze.name}</span>
          </ActionButton>
        </span>
      ),
    },
  ];
  const add = (
    <ActionButton reason={refusal} onClick={() => setEdited('new')}>
      {t.addFreeze}
    </ActionButton>
  );
  return (
    <section className="stack" aria-label={t.freezes}>
      <div className="spread wrap">
        <h2>{t.freezes}</h2>
        {windows.length === 0 ? null : add}
      </div>
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
      <FreezeCalendar windows={windows} />
      {edited === undefined ? null : (
        <FreezeDialog
          project={project}
          environment={environment}
          freeze={edited === 'new' ? undefined : edited}
          newest={edited === 'new' ? undefined : windows.find(({ id }) => id === edited.id)}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ended === undefined ? null : <Ending freeze={ended} where={where(ended)} onClose={() => setEnded(undefined)} />}
    </section>
  );
}

function NowOrNext({ freeze: { holdsUntil, next } }: { freeze: Freeze }) {
  if (holdsUntil !== undefined)
    return (
      <StatusDot status="degraded">
        {t.heldUntil} <TimeText at={holdsUntil} />
      </StatusDot>
    );
  const first = next[0];
  return (
    <span className="muted">
      {first === undefined ? (
        t.over
      ) : (
        <>
          {t.openUntil} <TimeText at={first.from} />
        </>
      )}
    </span>
  );
}

/** What it holds goes on at once: asked before, with where that is. */
function Ending({ freeze, where, onClose }: { freeze: Freeze; where: string; onClose: () => void }) {
  const queries = useQueryClient();
  const end = useMutation({
    // The one that stands here in words, and no other that somebody has made of it meanwhile.
    mutationFn: () => api.call(deleteFreezeWindow, { params: { id: freeze.id }, query: { revision: freeze.revision } }),
    onError: (error) => {
      if (problemOf(error).code === 'freeze_changed') void queries.invalidateQueries({ queryKey: freezesKey });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: freezesKey });
      onClose();
    },
  });
  return (
    <ConfirmDanger
      title={t.end}
      verb={t.endFreeze(freeze.name)}
      level="L2"
      pending={end.isPending}
      error={end.isError ? <ProblemAlert problem={problemOf(end.error)} /> : undefined}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      <p>{t.endHint(where)}</p>
      <p className="muted">{freezeWords(freeze.recurrence)}</p>
    </ConfirmDanger>
  );
}
