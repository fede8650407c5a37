import type { IdentityProvider } from '@quarterdeck/contracts';
import { deleteIdentityProvider, updateIdentityProvider } from '@quarterdeck/contracts/identity';
import {
  AgeText,
  type Column,
  ConfirmDanger,
  DataTable,
  EmptyState,
  ProblemAlert,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { providersQuery } from './identity.queries.ts';
import { t } from './people.messages.ts';
import { identityProvidersKey, identityProvidersQuery } from './people.queries.ts';
import { ProviderDialog } from './provider-dialog.tsx';

type Layer = { kind: 'edit' | 'off' | 'remove'; provider: IdentityProvider } | { kind: 'new' };

/** OIDC providers: added, tried, turned off, removed. */
export function ProvidersPanel() {
  const queries = useQueryClient();
  const list = useQuery(identityProvidersQuery);
  const [layer, setLayer] = useState<Layer | undefined>();
  const close = () => setLayer(undefined);
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: identityProvidersKey });
    await queries.invalidateQueries({ queryKey: providersQuery.queryKey });
  };
  const change = useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      api.call(updateIdentityProvider, { params: { id }, body: { enabled } }),
    onSuccess: async () => {
      close();
      await refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.call(deleteIdentityProvider, { params: { id } }),
    onSuccess: async () => {
      close();
      await refresh();
    },
  });
  const rows = list.data?.items ?? [];
  const addButton = (kind: string) => (
    <button
      type="button"
      className={`button ${kind}`}
      disabled={list.data === undefined}
      onClick={() => setLayer({ kind: 'new' })}
    >
      {t.addProvider}
    </button>
  );
  const columns: Column<IdentityProvider>[] = [
    { key: 'name', title: t.provider, cell: (row) => <strong>{row.name}</strong> },
    {
      key: 'state',
      title: t.state,
      cell: (row) => <StatusDot status={row.enabled ? 'healthy' : 'waiting'}>{row.enabled ? t.on : t.off}</StatusDot>,
    },
    { key: 'issuer', title: t.issuer, cell: (row) => <code>{row.issuer}</code> },
    { key: 'people', title: t.peopleCount, numeric: true, cell: (row) => row.people },
    { key: 'changed', title: t.changed, cell: (row) => <AgeText at={row.updatedAt} /> },
    {
      key: 'actions',
      title: t.actions,
      cell: (row) => (
        <span className="row">
          <button type="button" className="button small" onClick={() => setLayer({ kind: 'edit', provider: row })}>
            {t.edit}
          </button>
          <button
            type="button"
            className="button small"
            onClick={() =>
              row.enabled ? setLayer({ kind: 'off', provider: row }) : change.mutate({ id: row.id, enabled: true })
            }
          >
            {row.enabled ? t.turnOff : t.turnOn}
          </button>
          <button type="button" className="button small" onClick={() => setLayer({ kind: 'remove', provider: row })}>
            {t.remove}
          </button>
        </span>
      ),
    },
  ];
  const changeProblem = change.isError ? <ProblemAlert problem={problemOf(change.error)} /> : undefined;
  return (
    <div className="stack">
      <div className="spread">
        <div>
          <h2>{t.providers}</h2>
          <p className="muted">{t.providersHelp}</p>
        </div>
        {rows.length === 0 ? null : addButton('primary')}
      </div>
      {layer === undefined ? changeProblem : null}
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={3} /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess && rows.length === 0 ? (
          <EmptyState title={t.noProviders} action={addButton('primary')}>
            {t.noProvidersHelp}
          </EmptyState>
        ) : null}
        {rows.length > 0 ? (
          <DataTable label={t.providers} columns={columns} rows={rows} rowId={(row) => row.id} />
        ) : null}
      </div>
      {layer?.kind === 'new' && list.data !== undefined ? (
        <ProviderDialog draft={list.data.draft} onClose={close} onSaved={refresh} />
      ) : null}
      {layer?.kind === 'edit' ? (
        <ProviderDialog key={layer.provider.id} provider={layer.provider} onClose={close} onSaved={refresh} />
      ) : null}
      {layer?.kind === 'off' ? (
        <ConfirmDanger
          title={t.turnOffTitle(layer.provider.name)}
          verb={t.turnOff}
          level="L2"
          pending={change.isPending}
          error={changeProblem}
          onConfirm={() => change.mutate({ id: layer.provider.id, enabled: false })}
          onClose={close}
        >
          <p>{t.turnOffText}</p>
        </ConfirmDanger>
      ) : null}
      {layer?.kind === 'remove' ? (
        <ConfirmDanger
          title={t.removeTitle(layer.provider.name)}
          verb={t.remove}
          level="L3"
          expectText={layer.provider.name}
          pending={remove.isPending}
          error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
          onConfirm={() => remove.mutate(layer.provider.id)}
          onClose={close}
        >
          <p>{t.removeText(layer.provider.people)}</p>
        </ConfirmDanger>
      ) : null}
    </div>
  );
}
