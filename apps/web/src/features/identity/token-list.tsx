import type { Token, TokenState } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, DateText, EmptyState, NoMatch, StatusDot, TextFilter } from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { limitWords, tokenStatus } from './token-words.ts';
import { t } from './tokens.messages.ts';
import { accountsKey, type TokenFilter, type TokenSource, tokensKey, tokensQuery } from './tokens.queries.ts';

const states: readonly TokenState[] = ['active', 'ending', 'expired', 'revoked'];
const filterFrom = 8;

/** Tokens of one source: what each may, when it was used, when it ends; revoked here. */
export function TokenList(props: {
  source: TokenSource;
  filter: TokenFilter;
  onFilter: (filter: TokenFilter) => void;
  /** Beside another list: few columns, the limits below the name. */
  narrow?: boolean;
  /** What to do when there is none. */
  empty: { text: string; action: ReactNode };
}) {
  const { source, filter } = props;
  const list = useInfiniteQuery(tokensQuery(source, filter));
  const [revoking, setRevoking] = useState<Token | undefined>();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const ending = rows.filter(({ state }) => state === 'ending').length;
  const isFiltered = filter.q !== '' || filter.state !== '';
  return (
    <div className="stack">
      {isFiltered || rows.length >= filterFrom || source.showsOwner ? (
        <div className="filters">
          <TextFilter
            label={t.filterTokens}
            value={filter.q}
            onChange={(q) => props.onFilter({ ...filter, q })}
            focus
          />
          <select
            aria-label={t.filterState}
            value={filter.state}
            onChange={(event) => props.onFilter({ ...filter, state: event.target.value as TokenFilter['state'] })}
          >
            <option value="">{t.anyState}</option>
            {states.map((state) => (
              <option key={state} value={state}>
                {tokenStatus({ state, endsInDays: 14 }).word}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      {ending === 0 ? null : (
        <p className="notice degraded">
          <span>
            <strong>{t.endingNotice(ending)}</strong> {t.endingHelp}
          </span>
        </p>
      )}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          isFiltered ? (
            <NoMatch title={t.noSuchToken} clear={t.clearFilter} onClear={() => props.onFilter({ q: '', state: '' })} />
          ) : (
            <EmptyState title={t.noTokens} action={props.empty.action}>
              {props.empty.text}
            </EmptyState>
          )
        }
      >
        <DataTable
          label={t.title}
          columns={props.narrow === true ? narrowColumns(setRevoking) : wideColumns(source, setRevoking)}
          rows={rows}
          rowId={(row) => row.id}
          rowClass={({ state }) => (state === 'expired' || state === 'revoked' ? 'stale' : '')}
        />
      </ListPanel>
      {list.hasNextPage ? (
        <div>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {t.more}
          </button>
        </div>
      ) : null}
      {revoking === undefined ? null : (
        <Revoke token={revoking} source={source} onClose={() => setRevoking(undefined)} />
      )}
    </div>
  );
}

const stateColumn: Column<Token> = {
  key: 'state',
  title: t.state,
  cell: (row) => <StatusDot status={tokenStatus(row).status}>{tokenStatus(row).word}</StatusDot>,
};

function revokeColumn(onRevoke: (token: Token) => void): Column<Token> {
  return {
    key: 'actions',
    title: t.actions,
    cell: (row) =>
      row.state === 'active' || row.state === 'ending' ? (
        <button type="button" className="button small" onClick={() => onRevoke(row)}>
          {t.revoke} <span className="visually-hidden">{row.name}</span>
        </button>
      ) : null,
  };
}

function narrowColumns(onRevoke: (token: Token) => void): Column<Token>[] {
  return [
    {
      key: 'name',
      title: t.name,
      wrap: true,
      cell: (row) => (
        <>
          <strong>{row.name}</strong>
          <div className="muted" title={row.limits.permissions.join('\n')}>
            {limitWords(row.limits)}
          </div>
          <div className="muted">
            {t.lastUsed}: {row.lastUsedAt === undefined ? t.never : <AgeText at={row.lastUsedAt} />}
          </div>
        </>
      ),
    },
    stateColumn,
    revokeColumn(onRevoke),
  ];
}

function wideColumns(source: TokenSource, onRevoke: (token: Token) => void): Column<Token>[] {
  return [
    {
      key: 'name',
      title: t.name,
      cell: (row) => (
        <>
          <strong>{row.name}</strong> <code className="muted">{row.prefix}…</code>
        </>
      ),
    },
    ...(source.showsOwner
      ? [
          {
            key: 'owner',
            title: t.owner,
            cell: (row: Token) => (
              <>
                {row.owner.name} <span className="muted">{t.kinds[row.kind]}</span>
              </>
            ),
          },
        ]
      : []),
    stateColumn,
    {
      key: 'may',
      title: t.may,
      wrap: true,
      cell: (row) => <span title={row.limits.permissions.join('\n')}>{limitWords(row.limits)}</span>,
    },
    {
      key: 'used',
      title: t.lastUsed,
      cell: (row) =>
        row.lastUsedAt === undefined ? (
          <span className="muted">{t.never}</span>
        ) : (
          <span title={t.from(row.lastUsedIp ?? '')}>
            <AgeText at={row.lastUsedAt} />
          </span>
        ),
    },
    { key: 'ends', title: t.ends, cell: (row) => <DateText at={row.expiresAt} /> },
    revokeColumn(onRevoke),
  ];
}

function Revoke({ token, source, onClose }: { token: Token; source: TokenSource; onClose: () => void }) {
  return (
    <ConfirmDeed
      title={t.revokeTitle(token.name)}
      verb={t.revoke}
      run={() => source.revoke(token.id)}
      stale={[tokensKey, accountsKey]}
      onClose={onClose}
    >
      <p>{t.revokeText}</p>
      <p className="muted">
        {t.revokeUsed} {token.lastUsedAt === undefined ? t.never : <AgeText at={token.lastUsedAt} />}.
      </p>
    </ConfirmDeed>
  );
}
