import { facetObjects } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api } from '../../platform/api.ts';
import type { InventoryKind } from '../../platform/kinds.ts';
import { fieldsOf } from './grouping.ts';
import { t } from './inventory.messages.ts';
import type { ObjectFilters } from './use-objects.ts';

/** What the list is grouped by: a field, or a label that its objects carry. */
export function GroupPicker(props: {
  kind: InventoryKind;
  filters: ObjectFilters;
  value: string | undefined;
  onChange: (group: string) => void;
}) {
  const { kind, filters, value = '' } = props;
  const { group, plural } = kind;
  const id = useId();
  const [asked, setAsked] = useState(false);
  // Which labels there are is asked for once somebody looks.
  const labels = useQuery({
    queryKey: ['inventory', 'label-names', group, plural, filters],
    enabled: asked,
    queryFn: ({ signal }) =>
      api.call(
        facetObjects,
        { query: { group, plural, ...(filters as object), fields: 'label' as never } },
        { signal },
      ),
  });
  const names = (labels.data?.facets[0]?.values ?? []).map((label) => `label:${label.value}`);
  const all = value.startsWith('label:') && !names.includes(value) ? [value, ...names] : names;
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {t.groupBy}
      </label>
      <select
        id={id}
        value={value}
        onFocus={() => setAsked(true)}
        onPointerEnter={() => setAsked(true)}
        onChange={(event) => props.onChange(event.target.value)}
      >
        <option value="">{t.ungroupedList}</option>
        {fieldsOf(kind).map((field) => (
          <option key={field} value={field}>
            {t.groups[field]}
          </option>
        ))}
        {all.length === 0 ? null : (
          <optgroup label={t.byLabel}>
            {all.map((name) => (
              <option key={name} value={name}>
                {name.slice('label:'.length)}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </>
  );
}
