import { inventoryHealth, inventoryKinds } from '@quarterdeck/contracts/inventory';
import { TextFilter } from '@quarterdeck/ui';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useCallback } from 'react';
import { t } from './inventory.messages.ts';

/** What the URL of a list carries besides the scope. */
export type Search = Partial<Record<'q' | 'namespaces' | 'health' | 'sort' | 'cols' | 'peek', string | undefined>>;

/** Kind, words, namespaces, health; beside them how much is shown. */
export function ExplorerFilters(props: {
  plural: string;
  search: Search;
  pick: boolean;
  onRefine: (change: Partial<Search>) => void;
  children: ReactNode;
}) {
  const { plural, search, onRefine } = props;
  const setQ = useCallback((q: string) => onRefine({ q }), [onRefine]);
  const setNamespaces = useCallback((namespaces: string) => onRefine({ namespaces }), [onRefine]);
  const namespaced = inventoryKinds.find((kind) => kind.plural === plural)?.namespaced ?? true;
  return (
    <div className="filters">
      {props.pick ? <KindPicker plural={plural} search={search} /> : null}
      <TextFilter label={t.nameOrWord} value={search.q ?? ''} onChange={setQ} focus />
      {namespaced ? <TextFilter label={t.namespaces} value={search.namespaces ?? ''} onChange={setNamespaces} /> : null}
      <select
        aria-label={t.health}
        value={search.health ?? ''}
        onChange={(event) => onRefine({ health: event.target.value })}
      >
        <option value="">{t.anyHealth}</option>
        <option value="failed,degraded">{t.trouble}</option>
        {inventoryHealth.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {props.children}
    </div>
  );
}

function KindPicker({ plural, search }: { plural: string; search: Search }) {
  const navigate = useNavigate();
  const { peek: _, sort: __, cols: ___, ...kept } = search;
  return (
    <select
      aria-label={t.kind}
      value={plural}
      onChange={(event) => {
        const kind = inventoryKinds.find((candidate) => candidate.plural === event.target.value);
        void navigate({
          to: '/inventory/$group/$plural',
          params: { group: kind?.group ?? 'core', plural: event.target.value },
          search: kept as never,
        });
      }}
    >
      {inventoryKinds.map((kind) => (
        <option key={kind.plural} value={kind.plural}>
          {kind.kind}
        </option>
      ))}
    </select>
  );
}
