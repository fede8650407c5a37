import type { DeployTrigger } from '@quarterdeck/contracts';
import { deleteDeployTrigger } from '@quarterdeck/contracts/pipelines/triggers';
import { type Column, DataTable, EmptyState, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useScope } from '../../platform/scope.ts';
import { t } from './pipelines.messages.ts';
import { triggersKey, triggersQuery } from './pipelines.queries.ts';
import { TriggerDialog } from './trigger-dialog.tsx';

type Layer = { kind: 'new' } | { kind: 'edit' | 'delete'; trigger: DeployTrigger };

/** What deploys by itself. */
export function TriggersPanel() {
  const { scope } = useScope();
  const list = useQuery(triggersQuery(scope.project.length === 1 ? scope.project[0] : undefined));
  const [layer, setLayer] = useState<Layer | undefined>();
  const close = () => setLayer(undefined);
  const rows = (list.data?.items ?? []).filter(
    (row) =>
      (scope.project.length === 0 || scope.project.includes(row.project)) &&
      (scope.env.length === 0 || scope.env.includes(row.environment)),
  );
  const newButton = (
    <button type="button" className="button primary" onClick={() => setLayer({ kind: 'new' })}>
      {t.newTrigger}
    </button>
  );
  return (
    <>
      {rows.length === 0 ? null : <div className="filters">{newButton}</div>}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          <EmptyState title={t.noTriggers} action={newButton}>
            {t.noTriggersHelp}
          </EmptyState>
        }
      >
        <DataTable
          label={t.triggers}
          columns={columnsOf(setLayer)}
          rows={rows}
          rowId={(row) => row.id}
          rowClass={({ enabled }) => (enabled ? '' : 'stale')}
          onOpen={(trigger) => setLayer({ kind: 'edit', trigger })}
        />
      </ListPanel>
      {layer?.kind === 'new' ? <TriggerDialog onClose={close} /> : null}
      {layer?.kind === 'edit' ? <TriggerDialog trigger={layer.trigger} onClose={close} /> : null}
      {layer?.kind === 'delete' ? <Delete trigger={layer.trigger} onClose={close} /> : null}
    </>
  );
}

function columnsOf(onLayer: (layer: Layer) => void): Column<DeployTrigger>[] {
  return [
    {
      key: 'deploys',
      title: t.deploys,
      cell: (row) => (
        <>
          <Link to={`/applications/${row.project}/${row.application}`} className="strong">
            {row.application}
          </Link>{' '}
          {row.environment}{' '}
          {row.protectedOnly ? (
            <span className="badge" title={t.protectedOnlyWhy}>
              {t.protectedOnly}
            </span>
          ) : null}
        </>
      ),
    },
    {
      key: 'state',
      title: t.on,
      cell: (row) => <StatusDot status={row.enabled ? 'healthy' : 'waiting'}>{row.enabled ? t.on : t.off}</StatusDot>,
    },
    {
      key: 'when',
      title: t.waitsFor,
      wrap: true,
      cell: (row) => (
        <>
          <code>{row.repository}</code>{' '}
          <span className="muted">
            {t.tagWords(t.tagKinds[row.tags.kind], 'value' in row.tags ? row.tags.value : undefined)} {t.imageArrives}
            {row.gitlabProjectId === undefined ? '' : `, ${t.andBuild(row.gitlabProjectId, row.refs ?? t.anyRef)}`}
          </span>
        </>
      ),
    },
    { key: 'project', title: t.project, cell: (row) => row.project },
    {
      key: 'actions',
      title: t.actions,
      cell: (row) => (
        <span className="row">
          <button type="button" className="button small" onClick={() => onLayer({ kind: 'edit', trigger: row })}>
            {t.edit} <span className="visually-hidden">{row.application}</span>
          </button>
          <button type="button" className="button small" onClick={() => onLayer({ kind: 'delete', trigger: row })}>
            {t.delete} <span className="visually-hidden">{row.application}</span>
          </button>
        </span>
      ),
    },
  ];
}

function Delete({ trigger, onClose }: { trigger: DeployTrigger; onClose: () => void }) {
  return (
    <ConfirmDeed
      title={t.deleteTriggerTitle(`${trigger.application} ${trigger.environment}`)}
      verb={t.delete}
      run={() => api.call(deleteDeployTrigger, { params: { id: trigger.id } })}
      stale={[triggersKey]}
      onClose={onClose}
    >
      <p>{t.deleteTriggerText}</p>
    </ConfirmDeed>
  );
}
