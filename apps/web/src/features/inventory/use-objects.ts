import type { ClusterAnswer, InventoryObject } from '@quarterdeck/contracts';
import { listObjects } from '@quarterdeck/contracts/inventory';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, live } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { useLiveState } from '../../platform/live.ts';
import { answersNow } from './answers-now.ts';

export type ObjectFilters = {
  q?: string | undefined;
  clusters?: string | undefined;
  namespaces?: string | undefined;
  labels?: string | undefined;
  health?: string | undefined;
  status?: string | undefined;
  node?: string | undefined;
};

const pageRows = 100;
const pollMs = 15_000;
/** Rows on screen are followed in steps, so that scrolling does not subscribe anew at each row. */
const step = 50;
const followed = 200;

const nothingYet = { added: 0, removed: 0, gone: new Set<string>() as ReadonlySet<string> };

/**
 * One list of objects: pages as they were read, rows on screen kept as they are now. New rows wait to be asked for;
 * gone ones stay, marked, so that nothing moves under the hand.
 * @param enabled false while it is not known yet what the scope means
 */
export function useObjects(
  { group, plural }: { group: string; plural: string },
  filters: ObjectFilters,
  sort: string,
  enabled: boolean,
) {
  const queries = useQueryClient();
  const open = useLiveState();
  const [pending, setPending] = useState(nothingYet);
  const [answers, setAnswers] = useState<ClusterAnswer[] | undefined>();
  const [seen, setSeen] = useState({ first: 0, last: step });
  const caughtUp = useRef<unknown>(undefined);
  const filterText = JSON.stringify(filters);
  const key = useMemo(
    () => ['inventory', 'objects', group, plural, JSON.parse(filterText) as ObjectFilters, sort],
    [group, plural, filterText, sort],
  );
  const list = useInfiniteQuery({
    queryKey: key,
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listObjects,
        {
          query: {
            group,
            plural,
            ...(filters as object),
            sort: sort as 'name',
            limit: pageRows,
            cursor: pageParam,
          },
        },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    // While the live connection is away, and only then.
    refetchInterval: open ? false : pollMs,
  });
  const refetch = list.refetch;
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const ids = rows
    .slice(Math.max(0, seen.first), Math.max(0, seen.first) + followed)
    .map((row) => row.id)
    .join(',');

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins with nothing waiting
  useEffect(() => {
    setPending(nothingYet);
    setAnswers(undefined);
    setSeen({ first: 0, last: step });
  }, [key]);

  useEffect(() => {
    if (!list.isSuccess) return;
    const { q, ...rest } = JSON.parse(filterText) as ObjectFilters;
    const patch = (puts: readonly InventoryObject[]) => {
      const changed = new Map(puts.map((row) => [row.id, row]));
      if (changed.size === 0) return;
      queries.setQueryData<typeof list.data>(key, (data) => {
        if (data === undefined) return data;
        const pages = data.pages.map((page) =>
          page.items.some((row) => changed.has(row.id))
            ? { ...page, items: page.items.map((row) => changed.get(row.id) ?? row) }
            : page,
        );
        return { ...data, pages };
      });
    };
    return live.subscribe(
      'inventory.objects',
      { mode: 'page', params: { group, plural, ...rest, ids: ids === '' ? [] : ids.split(',') } },
      {
        restart() {
          caughtUp.current = undefined;
        },
        snapshot(puts, final) {
          patch(puts as InventoryObject[]);
          // What came between the first read and the subscription is in neither: read once more, now that it is followed.
          if (!final || caughtUp.current === key) return;
          caughtUp.current = key;
          void refetch();
        },
        delta(puts, dels) {
          patch(puts as InventoryObject[]);
          if (dels.length > 0) setPending((before) => ({ ...before, gone: new Set([...before.gone, ...dels]) }));
        },
        // Without the words that were typed the server cannot tell what of the new belongs to this list.
        hint(added, removed) {
          if (q === undefined)
            setPending((before) => ({ ...before, added: before.added + added, removed: before.removed + removed }));
        },
        clusters: setAnswers,
      },
    );
  }, [queries, key, group, plural, filterText, ids, list.isSuccess, refetch]);

  // Where nothing is shown nothing can move: the first rows come by themselves.
  const nothingShown = list.isSuccess && rows.length === 0 && pending.added > 0;
  useEffect(() => {
    if (!nothingShown) return;
    setPending(nothingYet);
    void refetch();
  }, [nothingShown, refetch]);
  const reload = useCallback(() => {
    setPending(nothingYet);
    void refetch();
  }, [refetch]);
  const onVisible = useCallback((first: number, last: number) => {
    const next = { first: Math.floor(first / step) * step, last: Math.ceil(last / step) * step };
    setSeen((before) => (before.first === next.first && before.last === next.last ? before : next));
  }, []);
  const first = list.data?.pages[0];
  const fleet = useFleet();
  // What was told over a connection that is lost says less than the list that is asked for meanwhile.
  const told = (open ? answers : undefined) ?? first?.clusters;
  const clusters = useMemo(() => answersNow(told, fleet), [told, fleet]);
  return { list, rows, first, clusters, pending, reload, onVisible };
}
