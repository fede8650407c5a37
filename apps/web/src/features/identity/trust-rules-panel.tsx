import type { TrustRule } from '@quarterdeck/contracts';
import { deleteTrustRule } from '@quarterdeck/contracts/trust-rules';
import {
  AgeText,
  CodeBlock,
  type Column,
  DataTable,
  Dialog,
  EmptyState,
  NoMatch,
  StatusDot,
  TextFilter,
} from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { ciSnippet, limitWords } from './token-words.ts';
import { t } from './tokens.messages.ts';
import { rulesKey, tokensKey, trustRulesQuery } from './tokens.queries.ts';
import { TrustRuleDialog } from './trust-rule-dialog.tsx';

type Layer = { kind: 'new' } | { kind: 'edit' | 'snippet' | 'delete'; rule: TrustRule };

/** Which CI jobs may act as which service account, without a stored secret. */
export function TrustRulesPanel(props: { q: string; onRefine: (change: { q: string }) => void }) {
  const list = useQuery(trustRulesQuery);
  const [layer, setLayer] = useState<Layer | undefined>();
  const all = list.data?.items ?? [];
  const words = props.q.toLowerCase();
  const rows = all.filter((rule) =>
    `${rule.name} ${rule.issuer} ${rule.gitlabProjectId} ${rule.serviceAccountName}`.toLowerCase().includes(words),
  );
  const close = () => setLayer(undefined);
  const edited = layer?.kind === 'edit' ? { rule: layer.rule } : {};
  const makeButton = (kind: string) => (
    <button type="button" className={`button ${kind}`} onClick={() => setLayer({ kind: 'new' })}>
      {t.newRule}
    </button>
  );
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted">{t.rulesHelp}</p>
        {makeButton('primary')}
      </div>
      {all.length === 0 ? null : (
        <div className="filters">
          <TextFilter label={t.filterRules} value={props.q} onChange={(q) => props.onRefine({ q })} focus />
        </div>
      )}
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          all.length > 0 ? (
            <NoMatch title={t.noSuchRule} clear={t.clearFilter} onClear={() => props.onRefine({ q: '' })} />
          ) : (
            <EmptyState title={t.noRules} action={makeButton('')}>
              {t.noRulesHelp}
            </EmptyState>
          )
        }
      >
        <DataTable
          label={t.trustedJobs}
          columns={columnsOf(setLayer)}
          rows={rows}
          rowId={(row) => row.id}
          rowClass={({ enabled }) => (enabled ? '' : 'stale')}
          onOpen={(rule) => setLayer({ kind: 'edit', rule })}
        />
      </ListPanel>
      {layer?.kind === 'new' || layer?.kind === 'edit' ? (
        <TrustRuleDialog
          {...edited}
          issuer={all[0]?.issuer ?? ''}
          onClose={close}
          onSaved={(rule) => setLayer(layer.kind === 'new' ? { kind: 'snippet', rule } : undefined)}
        />
      ) : null}
      {layer?.kind === 'snippet' ? (
        <Dialog title={t.snippetTitle(layer.rule.name)} onClose={close}>
          <p className="muted">{t.snippetHelp}</p>
          <CodeBlock code={ciSnippet(location.origin, layer.rule)} />
          <div className="row">
            <button type="button" className="button primary" onClick={close}>
              {t.close}
            </button>
          </div>
        </Dialog>
      ) : null}
      {layer?.kind === 'delete' ? <DeleteRule rule={layer.rule} onClose={close} /> : null}
    </div>
  );
}

function columnsOf(onLayer: (layer: Layer) => void): Column<TrustRule>[] {
  return [
    {
      key: 'name',
      title: t.rule,
      cell: (row) => (
        <button type="button" className="link" onClick={() => onLayer({ kind: 'edit', rule: row })}>
          <strong>{row.name}</strong>
        </button>
      ),
    },
    {
      key: 'state',
      title: t.state,
      cell: (row) => <StatusDot status={row.enabled ? 'healthy' : 'waiting'}>{row.enabled ? t.on : t.off}</StatusDot>,
    },
    {
      key: 'jobs',
      title: t.jobsOf,
      wrap: true,
      cell: (row) => (
        <>
          {new URL(row.issuer).host} <span className="muted">#{row.gitlabProjectId},</span> {t[row.refType]}{' '}
          <code>{row.ref}</code>{' '}
          {row.environment === undefined ? null : <span className="badge">{row.environment}</span>}
          {row.allowMergeRequests ? <span className="badge warn">{t.merges}</span> : null}
        </>
      ),
    },
    { key: 'account', title: t.actsAs, cell: (row) => row.serviceAccountName },
    {
      key: 'may',
      title: t.may,
      wrap: true,
      cell: (row) => <span title={row.permissions.join('\n')}>{limitWords(row)}</span>,
    },
    { key: 'used', title: t.lastUsed, cell: (row) => <AgeText at={row.lastUsedAt} /> },
    {
      key: 'actions',
      title: t.actions,
      cell: (row) => (
        <span className="row">
          <button type="button" className="button small" onClick={() => onLayer({ kind: 'snippet', rule: row })}>
            {t.snippet} <span className="visually-hidden">{row.name}</span>
          </button>
          <button type="button" className="button small" onClick={() => onLayer({ kind: 'delete', rule: row })}>
            {t.delete} <span className="visually-hidden">{row.name}</span>
          </button>
        </span>
      ),
    },
  ];
}

function DeleteRule({ rule, onClose }: { rule: TrustRule; onClose: () => void }) {
  return (
    <ConfirmDeed
      title={t.deleteRuleTitle(rule.name)}
      verb={t.delete}
      run={() => api.call(deleteTrustRule, { params: { id: rule.id } })}
      stale={[rulesKey, tokensKey]}
      onClose={onClose}
    >
      <p>{t.deleteRuleText}</p>
    </ConfirmDeed>
  );
}
