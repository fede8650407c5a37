import { readEditable } from '@quarterdeck/contracts/object-edits';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../platform/api.ts';
import type { Address } from '../workloads.queries.ts';

/** The object as it is edited, looked at again and again: what others change meanwhile is told. */
export function editableQuery({ clusterId, group, plural, namespace, name }: Address, values: boolean) {
  return queryOptions({
    queryKey: ['workloads', 'editable', clusterId, { group, plural, namespace, name, values }],
    queryFn: ({ signal }) =>
      api.call(
        readEditable,
        { params: { id: clusterId, group, plural, namespace, name }, query: { values: values ? 'true' : 'false' } },
        { signal },
      ),
    retry: false,
    gcTime: 0,
    // Values of a Secret are asked for once: each look at them is recorded.
    refetchInterval: values ? false : 15_000,
    refetchOnWindowFocus: !values,
  });
}
