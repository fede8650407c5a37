import type { Delivery } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, EmptyState, NoMatch, TextFilter } from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useScope } from '../../platform/scope.ts';
import { ReleaseLink } from './candidate-chain.tsx';
import { DeliveryDrawer } from './delivery-drawer.tsx';
import { LiveDeliveries } from './live-deliveries.tsx';
import { deliveryStatus, leading } from './pipeline-status.ts';
import { t } from './pipelines.messages.ts';
import { deliveriesQuery } from './pipelines.queries.ts';
import { Verdict } from './verdict.tsx';

type Search = { q?: string; state?: keyof typeof t.stateFilters };

const columns: Column<Delivery>[] = [
  { key: 'when', title: t.when, cell: (row) => <AgeText at={row.receivedAt} /> },
  {
    key: 'from',
    title: t.from,
    cell: (row) => (
      <>
        <strong>{row.hook ?? t.ciCall}</strong> <span className="muted">{row.event}</span>
        {row.times > 1 ? <span className="badge">{t.times(row.times)}</span> : null}
      </>
    ),
  },
  {
    key: 'verdict',
    title: t.verdict,
    wrap: true,
    cell: (row) => <Verdict shown={deliveryStatus(row)} />,
  },
  {
    key: 'commit',
    title: t.commit,
    cell: (row) => {
      const candidate = leading(row.candidates);
      return (
        <>
          <code>{candidate?.commit?.slice(0, 8)}</code> <span className="muted">{candidate?.ref}</span>
        </>
      );
    },
  },
  { key: 'image', title: t.image, cell: (row) => <code>{leading(row.candidates)?.tag}</code> },
  {
    key: 'release',
    title: t.release,
    cell: (row) => {
      const candidate = leading(row.candidates);
      return candidate === undefined ? null : <ReleaseLink candidate={candidate} />;
    },
  },
  { key: 'project', title: t.project, cell: (row) => row.project },
];

/** Events as they arrived, with the verdict on each in words. */
export function DeliveriesPanel({ selected, onHooks }: { selected: string | undefined; onHooks: () => void }) {
  const navigate = useNavigate();
  const { q = '', state } = useSearch({ strict: false }) as Search;
  const { scope } = useScope();
  const project = scope.project.length === 1 ? scope.project[0] : undefined;
  const list = useInfiniteQuery(deliveriesQuery({ q, state, project }));
  const all = list.data?.pages.flatMap((page) => page.items) ?? [];
  const rows = all.filter((row) => scope.project.length === 0 || scope.project.includes(row.project));
  const filtered = q !== '' || state !== undefined;
  const refine = (change: Partial<Record<keyof Search, string | undefined>>) =>
    void navigate({ to: '.', replace: true, search: ((before: object) => ({ ...before, ...change })) as never });
  const open = (id: string | undefined) =>
    void navigate({
      to: id === undefined ? '/pipelines' : `/pipelines/${id}`,
      search: ((before: object) => before) as never,
    });
  return (
    <>
      <LiveDeliveries scope={scope} />
      <div className="filters">
        <TextFilter
          label={t.filter}
          value={q}
          onChange={(text) => refine({ q: text === '' ? undefined : text })}
          focus
        />
        <select
          aria-label={t.verdict}
          value={state ?? ''}
          onChange={(event) => refine({ state: event.target.value === '' ? undefined : event.target.value })}
        >
          <option value="">{t.anyState}</option>
          {Object.entries(t.stateFilters).map(([key, word]) => (
            <option key={key} value={key}>
              {word}
            </option>
          ))}
        </select>
        {list.isSuccess ? <span className="muted">{t.shown(rows.length, list.data.pages[0]?.total ?? 0)}</span> : null}
      </div>
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          filtered ? (
            <NoMatch title={t.noMatch} clear={t.clear} onClear={() => refine({ q: undefined, state: undefined })} />
          ) : (
            <EmptyState
              title={t.noDeliveries}
              action={
                <button type="button" className="button primary" onClick={onHooks}>
                  {t.makeHook}
                </button>
              }
            >
              {t.noDeliveriesHelp}
            </EmptyState>
          )
        }
      >
        <DataTable
          label={t.deliveries}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          selectedId={selected}
          onOpen={(row) => open(row.id)}
        />
      </ListPanel>
      {list.hasNextPage ? (
        <div>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {t.loadMore}
          </button>
        </div>
      ) : null}
      {selected === undefined ? null : <DeliveryDrawer id={selected} onClose={() => open(undefined)} />}
    </>
  );
}
