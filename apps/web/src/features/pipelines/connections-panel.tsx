import type { PipelineConnection } from '@quarterdeck/contracts';
import {
  deletePipelineConnection,
  testPipelineConnection,
  updatePipelineConnection,
} from '@quarterdeck/contracts/pipelines/connections';
import { AgeText, type Column, DataTable, EmptyState, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useScope } from '../../platform/scope.ts';
import { ConnectionDialog } from './connection-dialog.tsx';
import { ConnectionDrawer } from './connection-drawer.tsx';
import { ConnectionEdit } from './connection-edit.tsx';
import { connectionStatus } from './pipeline-status.ts';
import { t } from './pipelines.messages.ts';
import { connectionsKey, connectionsQuery } from './pipelines.queries.ts';
import { Verdict } from './verdict.tsx';

type Layer =
  | { kind: 'new' }
  | { kind: 'look'; id: string }
  | { kind: 'edit' | 'delete'; connection: PipelineConnection };

/** GitLabs, registries and channels of the scope's projects, each with a button that tries it. */
export function ConnectionsPanel() {
  const { scope } = useScope();
  const queries = useQueryClient();
  const list = useQuery(connectionsQuery(scope.project.length === 1 ? scope.project[0] : undefined));
  const [layer, setLayer] = useState<Layer | undefined>();
  const close = () => setLayer(undefined);
  const refresh = () => queries.invalidateQueries({ queryKey: connectionsKey });
  const test = useMutation({
    mutationFn: async (connection: PipelineConnection) => ({
      connection,
      result: await api.call(testPipelineConnection, { params: { id: connection.id } }),
    }),
    onSettled: refresh,
  });
  const toggle = useMutation({
    mutationFn: ({ id, enabled }: PipelineConnection) =>
      api.call(updatePipelineConnection, { params: { id }, body: { enabled: !enabled } }),
    onSuccess: refresh,
  });
  const rows = (list.data?.items ?? []).filter(
    (row) => scope.project.length === 0 || scope.project.includes(row.project),
  );
  const looked = layer?.kind === 'look' ? rows.find(({ id }) => id === layer.id) : undefined;
  const failed = test.isError ? test.error : toggle.isError ? toggle.error : undefined;
  const newButton = (
    <button type="button" className="button primary" onClick={() => setLayer({ kind: 'new' })}>
      {t.newConnection}
    </button>
  );
  return (
    <>
      {rows.length === 0 ? null : <div className="filters">{newButton}</div>}
      {failed === undefined ? null : <ProblemAlert problem={problemOf(failed)} />}
      {test.data === undefined ? null : (
        <p className={`notice ${test.data.result.ok ? 'healthy' : 'failed'}`} role="status">
          <StatusDot status={test.data.result.ok ? 'healthy' : 'failed'}>
            {test.data.connection.name}: {test.data.result.ok ? t.testOk : t.testFailed}
          </StatusDot>{' '}
          {test.data.result.detail}
        </p>
      )}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          <EmptyState title={t.noConnections} action={newButton}>
            {t.noConnectionsHelp}
          </EmptyState>
        }
      >
        <DataTable
          label={t.connections}
          columns={columnsOf({ onTest: test.mutate, busy: test.isPending })}
          rows={rows}
          rowId={(row) => row.id}
          rowClass={({ enabled }) => (enabled ? '' : 'stale')}
          selectedId={looked?.id}
          onOpen={({ id }) => setLayer({ kind: 'look', id })}
        />
      </ListPanel>
      {looked === undefined ? null : (
        <ConnectionDrawer
          connection={looked}
          onClose={close}
          onToggle={() => toggle.mutate(looked)}
          onEdit={() => setLayer({ kind: 'edit', connection: looked })}
          onDelete={() => setLayer({ kind: 'delete', connection: looked })}
        />
      )}
      {layer?.kind === 'new' ? <ConnectionDialog onClose={close} /> : null}
      {layer?.kind === 'edit' ? <ConnectionEdit connection={layer.connection} onClose={close} /> : null}
      {layer?.kind === 'delete' ? <Delete connection={layer.connection} onClose={close} /> : null}
    </>
  );
}

function columnsOf(on: {
  onTest: (connection: PipelineConnection) => void;
  busy: boolean;
}): Column<PipelineConnection>[] {
  return [
    { key: 'name', title: t.connection, cell: (row) => <strong>{row.name}</strong> },
    {
      key: 'kind',
      title: t.kind,
      wrap: true,
      cell: (row) => (
        <>
          {t.kinds[row.kind]} <span className="muted">{row.address}</span>
        </>
      ),
    },
    {
      key: 'health',
      title: t.health,
      wrap: true,
      cell: (row) => {
        const at = row.lastError === undefined ? row.lastOkAt : row.lastFailedAt;
        return (
          <>
            <Verdict shown={connectionStatus(row)} /> {at === undefined ? null : <AgeText at={at} />}
            {row.waiting === 0 ? null : <span className="muted"> · {t.waitingMessages(row.waiting)}</span>}
          </>
        );
      },
    },
    {
      key: 'events',
      title: t.what,
      wrap: true,
      cell: (row) => row.events.map((event) => t.eventWords[event]).join(', '),
    },
    { key: 'project', title: t.project, cell: (row) => row.project },
    {
      key: 'actions',
      title: t.actions,
      cell: (row) => (
        <button type="button" className="button small" disabled={on.busy} onClick={() => on.onTest(row)}>
          {t.test2} <span className="visually-hidden">{row.name}</span>
        </button>
      ),
    },
  ];
}

function Delete({ connection, onClose }: { connection: PipelineConnection; onClose: () => void }) {
  return (
    <ConfirmDeed
      title={t.deleteConnectionTitle(connection.name)}
      verb={t.deleteConnectionTitle(connection.name)}
      run={() => api.call(deletePipelineConnection, { params: { id: connection.id } })}
      stale={[connectionsKey]}
      onClose={onClose}
    >
      <p>{t.deleteConnectionText}</p>
    </ConfirmDeed>
  );
}
