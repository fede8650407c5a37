import { facetObjects } from '@quarterdeck/contracts/inventory';
import { MultiPicker } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../platform/api.ts';
import { t } from './inventory.messages.ts';
import type { ObjectFilters } from './use-objects.ts';

/**
 * Values of one field with how many objects each holds, asked for when the list opens.
 * @param filters all filters but this field's own, so that a second value can be added
 */
export function FacetPicker(props: {
  field: 'namespace' | 'status';
  kind: { group: string; plural: string };
  filters: ObjectFilters;
  picked: readonly string[];
  onChange: (picked: string[]) => void;
}) {
  const { field, kind, filters } = props;
  const { group, plural } = kind;
  const [open, setOpen] = useState(false);
  const facet = useQuery({
    queryKey: ['inventory', 'facets', group, plural, field, filters],
    enabled: open,
    queryFn: ({ signal }) =>
      api.call(facetObjects, { query: { group, plural, ...(filters as object), fields: field as never } }, { signal }),
  });
  const values = facet.data?.facets[0];
  return (
    <MultiPicker
      label={t.facets[field]}
      all={t.anyOf[field]}
      picked={props.picked}
      options={(values?.values ?? [])
        // Values stand in the URL with commas between them.
        .filter(({ value }) => value !== '' && !value.includes(','))
        .map(({ value, count }) => ({
          value,
          detail: `${values?.isExact === false ? '≥ ' : ''}${count.toLocaleString()}`,
        }))}
      none={facet.isError ? t.facetFailed : facet.isPending ? t.loading : t.nothingHere}
      onOpen={() => setOpen(true)}
      onChange={props.onChange}
    />
  );
}
