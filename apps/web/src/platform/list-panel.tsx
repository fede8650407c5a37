import { ProblemAlert, Skeleton } from '@quarterdeck/ui';
import type { ReactNode } from 'react';
import { problemOf } from './api.ts';

/**
 * The panel of a list in each of its states: on its way, failed, empty, full. Rows that are there already stay when
 * asking again fails.
 * @param list the query it comes from, of whatever kind
 * @param shown how many rows are left after the filter
 * @param nothing what to show without any: why, and what to do about it
 * @param rows how many lines to keep free while it loads
 */
export function ListPanel(props: {
  list: { isPending: boolean; isSuccess: boolean; isError: boolean; error: unknown; refetch: () => Promise<unknown> };
  shown: number;
  nothing: ReactNode;
  rows?: number;
  children: ReactNode;
}) {
  const { list, shown, nothing, rows = 4, children } = props;
  return (
    <div className="panel flush">
      {list.isPending ? <Skeleton rows={rows} /> : null}
      {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && shown === 0 ? nothing : null}
      {shown > 0 ? children : null}
    </div>
  );
}
