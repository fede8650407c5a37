import { inventoryHealth } from '@quarterdeck/contracts/inventory';
import { TextFilter } from '@quarterdeck/ui';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useCallback } from 'react';
import type { InventoryKind } from '../../platform/kinds.ts';
import { FacetPicker } from './facet-picker.tsx';
import { GroupPicker } from './group-picker.tsx';
import { t } from './inventory.messages.ts';
import { KindPicker } from './kind-picker.tsx';
import type { ObjectFilters } from './use-objects.ts';

/** What the URL of a list carries besides the scope. */
export type Search = Partial<
  Record<'q' | 'namespaces' | 'labels' | 'health' | 'status' | 'sort' | 'cols' | 'group' | 'peek', string | undefined>
>;

/** Kind, words, namespaces, labels, health, status; beside them how much is shown. */
export function ExplorerFilters(props: {
  kinds: readonly InventoryKind[];
  kind: InventoryKind;
  search: Search;
  /** What the list is narrowed to, the scope included. */
  filters: ObjectFilters;
  pick: boolean;
  onRefine: (change: Partial<Search>) => void;
  /** How much is shown, and what can be done with what is ticked: a line of its own, so that nothing moves. */
  children: ReactNode;
}) {
  const { kind, search, filters, onRefine } = props;
  const navigate = useNavigate();
  const setQ = useCallback((q: string) => onRefine({ q }), [onRefine]);
  const setLabels = useCallback((labels: string) => onRefine({ labels }), [onRefine]);
  const pick = ({ group, plural }: InventoryKind) => {
    const { peek: _, sort: __, cols: ___, status: ____, group: _____, ...kept } = search;
    void navigate({ to: '/inventory/$group/$plural', params: { group, plural }, search: kept as never });
  };
  return (
    <>
      <div className="filters one-line">
        {props.pick ? <KindPicker kinds={props.kinds} kind={kind} onPick={pick} /> : null}
        <TextFilter label={t.nameOrWord} value={search.q ?? ''} onChange={setQ} focus />
        {kind.namespaced ? (
          <FacetPicker
            field="namespace"
            kind={kind}
            filters={{ ...filters, namespaces: undefined }}
            picked={listOf(search.namespaces)}
            onChange={(namespaces) => onRefine({ namespaces: namespaces.join(',') })}
          />
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
        <FacetPicker
          field="status"
          kind={kind}
          filters={{ ...filters, status: undefined }}
          picked={listOf(search.status)}
          onChange={(status) => onRefine({ status: status.join(',') })}
        />
        <GroupPicker kind={kind} filters={filters} value={search.group} onChange={(group) => onRefine({ group })} />
      </div>
      <div className="list-line">{props.children}</div>
    </>
  );
}

const listOf = (value: string | undefined): string[] => (value === undefined || value === '' ? [] : value.split(','));
