import type { Hook } from '@quarterdeck/contracts';
import { deleteHook, rotateHook, testHook, updateHook } from '@quarterdeck/contracts/pipelines/hooks';
import { AgeText, type Column, ConfirmDanger, DataTable, EmptyState, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useScope } from '../../platform/scope.ts';
import { HookDialog } from './hook-dialog.tsx';
import { HookDrawer } from './hook-drawer.tsx';
import { HookSecret } from './hook-secret.tsx';
import { t } from './pipelines.messages.ts';
import { deliveriesKey, hooksKey, hooksQuery } from './pipelines.queries.ts';

type Layer =
  | { kind: 'new' }
  | { kind: 'look'; id: string }
  | { kind: 'secret'; hook: Hook; secret: string }
  | { kind: 'renew' | 'delete'; hook: Hook };

/** Addresses for events, how each is doing, and a test event for those who have just entered one somewhere. */
export function HooksPanel() {
  const { scope } = useScope();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const list = useQuery(hooksQuery(scope.project.length === 1 ? scope.project[0] : undefined));
  const [layer, setLayer] = useState<Layer | undefined>();
  const close = () => setLayer(undefined);
  const refresh = () => queries.invalidateQueries({ queryKey: hooksKey });
  const test = useMutation({
    mutationFn: (id: string) => api.call(testHook, { params: { id } }),
    async onSuccess({ deliveryId }) {
      await queries.invalidateQueries({ queryKey: deliveriesKey });
      void navigate({
        to: `/pipelines/${deliveryId}`,
        search: ((before: object) => ({ ...before, tab: undefined })) as never,
      });
    },
  });
  const toggle = useMutation({
    mutationFn: (hook: Hook) => api.call(updateHook, { params: { id: hook.id }, body: { enabled: !hook.enabled } }),
    onSuccess: refresh,
  });
  const rows = (list.data?.items ?? []).filter(
    (row) => scope.project.length === 0 || scope.project.includes(row.project),
  );
  const looked = layer?.kind === 'look' ? rows.find(({ id }) => id === layer.id) : undefined;
  const failed = test.isError ? test.error : toggle.isError ? toggle.error : undefined;
  const newButton = (kind: string) => (
    <button type="button" className={`button ${kind}`} onClick={() => setLayer({ kind: 'new' })}>
      {t.newHook}
    </button>
  );
  return (
    <>
      {rows.length === 0 ? null : <div className="filters">{newButton('primary')}</div>}
      {failed === undefined ? null : <ProblemAlert problem={problemOf(failed)} />}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          <EmptyState title={t.noHooks} action={newButton('primary')}>
            {t.noHooksHelp}
          </EmptyState>
        }
      >
        <DataTable
          label={t.hooks}
          columns={columnsOf({ onTest: (id) => test.mutate(id), busy: test.isPending })}
          rows={rows}
          rowId={(row) => row.id}
          rowClass={({ enabled }) => (enabled ? '' : 'stale')}
          selectedId={looked?.id}
          onOpen={({ id }) => setLayer({ kind: 'look', id })}
        />
      </ListPanel>
      {looked === undefined ? null : (
        <HookDrawer
          hook={looked}
          onClose={close}
          onToggle={() => toggle.mutate(looked)}
          onRenew={() => setLayer({ kind: 'renew', hook: looked })}
          onDelete={() => setLayer({ kind: 'delete', hook: looked })}
        />
      )}
      {layer?.kind === 'new' ? (
        <HookDialog onClose={close} onMade={(made) => setLayer({ kind: 'secret', ...made })} />
      ) : null}
      {layer?.kind === 'secret' ? <HookSecret hook={layer.hook} secret={layer.secret} onClose={close} /> : null}
      {layer?.kind === 'renew' ? (
        <Renew hook={layer.hook} onClose={close} onMade={(made) => setLayer({ kind: 'secret', ...made })} />
      ) : null}
      {layer?.kind === 'delete' ? <Delete hook={layer.hook} onClose={close} /> : null}
    </>
  );
}

function columnsOf(on: { onTest: (id: string) => void; busy: boolean }): Column<Hook>[] {
  return [
    { key: 'name', title: t.hook, cell: (row) => <strong>{row.name}</strong> },
    {
      key: 'state',
      title: t.on,
      cell: (row) => <StatusDot status={row.enabled ? 'healthy' : 'waiting'}>{row.enabled ? t.on : t.off}</StatusDot>,
    },
    {
      key: 'source',
      title: t.source,
      cell: (row) => (
        <>
          {t.sources[row.source]} <span className="muted">{row.connection ?? row.registry}</span>
        </>
      ),
    },
    {
      key: 'last',
      title: t.lastEvent,
      cell: (row) => (
        <>
          {row.lastDeliveryAt === undefined ? (
            <span className="muted">{t.never}</span>
          ) : (
            <AgeText at={row.lastDeliveryAt} />
          )}{' '}
          {row.lastRejectedAt === undefined ? null : (
            <span className="badge warn" title={t.rejectedWhy(row.lastRejectedAt)}>
              {t.rejected}
            </span>
          )}
        </>
      ),
    },
    { key: 'today', title: t.today, numeric: true, cell: (row) => row.deliveriesToday.toLocaleString() },
    { key: 'project', title: t.project, cell: (row) => row.project },
    {
      key: 'actions',
      title: t.actions,
      cell: (row) => (
        <button
          type="button"
          className="button small"
          disabled={on.busy || !row.enabled}
          onClick={() => on.onTest(row.id)}
        >
          {t.test} <span className="visually-hidden">{row.name}</span>
        </button>
      ),
    },
  ];
}

function Renew(props: { hook: Hook; onClose: () => void; onMade: (made: { hook: Hook; secret: string }) => void }) {
  const { hook } = props;
  const renew = useMutation({
    mutationFn: () => api.call(rotateHook, { params: { id: hook.id } }),
    onSuccess: props.onMade,
  });
  return (
    <ConfirmDanger
      title={t.renewTitle(hook.name)}
      verb={t.renew}
      level="L2"
      pending={renew.isPending}
      error={renew.isError ? <ProblemAlert problem={problemOf(renew.error)} /> : null}
      onConfirm={() => renew.mutate()}
      onClose={props.onClose}
    >
      <p>{t.renewText}</p>
    </ConfirmDanger>
  );
}

function Delete({ hook, onClose }: { hook: Hook; onClose: () => void }) {
  return (
    <ConfirmDeed
      title={t.deleteHookTitle(hook.name)}
      verb={t.delete}
      run={() => api.call(deleteHook, { params: { id: hook.id } })}
      stale={[['pipelines']]}
      onClose={onClose}
    >
      <p>{t.deleteHookText}</p>
    </ConfirmDeed>
  );
}
