import type { ServiceAccount } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, Drawer, EmptyState, NoMatch, StatusDot, TextFilter } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ListPanel } from '../../platform/list-panel.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { DeleteAccount, DisableAccount, ServiceAccountDialog } from './service-account-dialogs.tsx';
import { TokenList } from './token-list.tsx';
import { t } from './tokens.messages.ts';
import { projectsQuery, serviceAccountsQuery, type TokenFilter, tokensOfAccount } from './tokens.queries.ts';

/** Accounts of programs; one opens beside the list with its tokens. */
export function ServiceAccountsPanel(props: {
  q: string;
  peek: string | undefined;
  onRefine: (change: { q?: string; peek?: string | undefined }) => void;
}) {
  const list = useQuery(serviceAccountsQuery);
  const projects = useQuery(projectsQuery);
  const [making, setMaking] = useState(false);
  const all = list.data?.items ?? [];
  const words = props.q.toLowerCase();
  const rows = all.filter((account) => `${account.name} ${account.description}`.toLowerCase().includes(words));
  const open = all.find(({ id }) => id === props.peek);
  const placeOf = (account: ServiceAccount) =>
    account.projectId === undefined
      ? t.fleet
      : (projects.data?.items.find(({ id }) => id === account.projectId)?.displayName ?? account.projectId);
  const makeButton = (kind: string) => (
    <button type="button" className={`button ${kind}`} onClick={() => setMaking(true)}>
      {t.newAccount}
    </button>
  );
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted">{t.accountsHelp}</p>
        {makeButton('primary')}
      </div>
      {all.length === 0 ? null : (
        <div className="filters">
          <TextFilter label={t.filterAccounts} value={props.q} onChange={(q) => props.onRefine({ q })} focus />
        </div>
      )}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          all.length > 0 ? (
            <NoMatch title={t.noSuchAccount} clear={t.clearFilter} onClear={() => props.onRefine({ q: '' })} />
          ) : (
            <EmptyState title={t.noAccounts} action={makeButton('')}>
              {t.noAccountsHelp}
            </EmptyState>
          )
        }
      >
        <DataTable
          label={t.serviceAccounts}
          columns={columnsOf(placeOf, (id) => props.onRefine({ peek: id }))}
          rows={rows}
          rowId={(row) => row.id}
          selectedId={open?.id}
          rowClass={({ disabled }) => (disabled ? 'stale' : '')}
          onOpen={(row) => props.onRefine({ peek: row.id })}
        />
      </ListPanel>
      {open === undefined ? null : (
        <AccountDrawer
          key={open.id}
          account={open}
          place={placeOf(open)}
          onClose={() => props.onRefine({ peek: undefined })}
        />
      )}
      {making ? <ServiceAccountDialog onClose={() => setMaking(false)} /> : null}
    </div>
  );
}

function columnsOf(
  placeOf: (account: ServiceAccount) => string,
  onOpen: (id: string) => void,
): Column<ServiceAccount>[] {
  return [
    {
      key: 'name',
      title: t.name,
      cell: (row) => (
        <button type="button" className="link" onClick={() => onOpen(row.id)}>
          <strong>{row.name}</strong>
        </button>
      ),
    },
    {
      key: 'state',
      title: t.state,
      cell: (row) => (
        <StatusDot status={row.disabled ? 'waiting' : 'healthy'}>{row.disabled ? t.disabled : t.enabled}</StatusDot>
      ),
    },
    { key: 'place', title: t.belongsTo, cell: placeOf },
    { key: 'description', title: t.description, wrap: true, cell: (row) => row.description },
    { key: 'tokens', title: t.tokens, numeric: true, cell: (row) => row.activeTokens },
    { key: 'used', title: t.lastUsed, cell: (row) => <AgeText at={row.lastUsedAt} /> },
  ];
}

function AccountDrawer({ account, place, onClose }: { account: ServiceAccount; place: string; onClose: () => void }) {
  const [filter, setFilter] = useState<TokenFilter>({ q: '', state: '' });
  const [layer, setLayer] = useState<'token' | 'edit' | 'disable' | 'delete' | undefined>();
  const close = () => setLayer(undefined);
  const source = tokensOfAccount(account.id);
  return (
    <Drawer title={account.name} onClose={onClose}>
      <div className="row wrap">
        <StatusDot status={account.disabled ? 'waiting' : 'healthy'}>
          {account.disabled ? t.disabled : t.enabled}
        </StatusDot>
        <span className="badge">{place}</span>
        <code className="muted">{account.id}</code>
      </div>
      {account.description === '' ? null : <p>{account.description}</p>}
      <div className="row wrap">
        <button type="button" className="button small" onClick={() => setLayer('edit')}>
          {t.edit}
        </button>
        <button type="button" className="button small" onClick={() => setLayer('disable')}>
          {account.disabled ? t.enable : t.disable}
        </button>
        <button type="button" className="button small" onClick={() => setLayer('delete')}>
          {t.delete}
        </button>
      </div>
      <div className="spread">
        <h3>{t.tokens}</h3>
        <button type="button" className="button small" disabled={account.disabled} onClick={() => setLayer('token')}>
          {t.newToken}
        </button>
      </div>
      <TokenList
        source={source}
        filter={filter}
        onFilter={setFilter}
        narrow
        empty={{
          text: t.noAccountTokens,
          action: (
            <button type="button" className="button" disabled={account.disabled} onClick={() => setLayer('token')}>
              {t.newToken}
            </button>
          ),
        }}
      />
      {layer === 'token' ? (
        <NewTokenDialog source={source} inProject={account.projectId !== undefined} onClose={close} />
      ) : null}
      {layer === 'edit' ? <ServiceAccountDialog account={account} onClose={close} /> : null}
      {layer === 'disable' ? <DisableAccount account={account} onClose={close} /> : null}
      {layer === 'delete' ? <DeleteAccount account={account} onClose={close} onDeleted={onClose} /> : null}
    </Drawer>
  );
}
