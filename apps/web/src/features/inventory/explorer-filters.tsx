import { inventoryHealth } from '@quarterdeck/contracts/inventory';
import { TextFilter } from '@quarterdeck/ui';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useCallback } from 'react';
import { t } from './inventory.messages.ts';
import { KindPicker } from './kind-picker.tsx';
import type { InventoryKind } from './use-kinds.ts';

/** What the URL of a list carries besides the scope. */
export type Search = Partial<
  Record<'q' | 'namespaces' | 'labels' | 'health' | 'sort' | 'cols' | 'peek', string | undefined>
>;

/** Kind, words, namespaces, labels, health; beside them how much is shown. */
export function ExplorerFilters(props: {
  kinds: readonly InventoryKind[];
  kind: InventoryKind;
  search: Search;
  pick: boolean;
  onRefine: (change: Partial<Search>) => void;
  children: ReactNode;
}) {
  const { kind, search, onRefine } = props;
  const navigate = useNavigate();
  const setQ = useCallback((q: string) => onRefine({ q }), [onRefine]);
  const setNamespaces = useCallback((namespaces: string) => onRefine({ namespaces }), [onRefine]);
  const setLabels = useCallback((labels: string) => onRefine({ labels }), [onRefine]);
  const pick = ({ group, plural }: InventoryKind) => {
    const { peek: _, sort: __, cols: ___, ...kept } = search;
    void navigate({ to: '/inventory/$group/$plural', params: { group, plural }, search: kept as never });
  };
  return (
    <div className="filters">
      {props.pick ? <KindPicker kinds={props.kinds} kind={kind} onPick={pick} /> : null}
      <TextFilter label={t.nameOrWord} value={search.q ?? ''} onChange={setQ} focus />
      {kind.namespaced ? (
        <TextFilter label={t.namespaces} value={search.namespaces ?? ''} onChange={setNamespaces} />
      ) : null}
      <TextFilter label={t.labelFilter} value={search.labels ?? ''} onChange={setLabels} />
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
