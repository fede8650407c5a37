import type { DeedPreview, InventoryObject } from '@quarterdeck/contracts';
import { listObjects } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../platform/api.ts';
import { useFleet } from '../../../platform/fleet.tsx';
import { TierBadge } from '../../../platform/tier-badge.tsx';
import { t } from './bulk.messages.ts';
import type { BulkAction } from './bulk-actions.ts';
import { byCluster, ownersOf } from './impact.ts';

const shownNames = 5;

/** The name of one, how many of several. */
export function whatOf(rows: readonly InventoryObject[], plural: string): string {
  const [first] = rows;
  return rows.length === 1 && first !== undefined ? first.name : t.many(rows.length, plural);
}

/** What a deed touches: how much of which clusters, production among it, and whose the objects are. */
export function BulkImpact(props: {
  action: BulkAction;
  rows: readonly InventoryObject[];
  /** What the clusters have answered so far, by row. */
  answers: ReadonlyMap<string, DeedPreview>;
}) {
  const { action, rows, answers } = props;
  const fleet = useFleet();
  const tierOf = new Map(fleet?.map(({ slug, labels }) => [slug, labels.tier]));
  const clusters = byCluster({ rows, answers });
  const { autoscalers, isUnknown } = useAutoscalers(clusters.map(({ cluster }) => cluster));
  const owners = ownersOf({ rows, answers }, autoscalers);
  const inProduction = clusters
    .filter(({ cluster }) => tierOf.get(cluster) === 'production')
    .reduce((sum, { count }) => sum + count, 0);
  const namespaces = new Set(rows.map(({ cluster, namespace }) => `${cluster}/${namespace}`)).size;
  return (
    <section className="stack tight" aria-label={t.touches}>
      <p>
        <strong>{t.reach(whatOf(rows, rows[0]?.plural ?? ''), clusters.length)}</strong>
        {rows[0]?.namespace === undefined ? '. ' : `, ${t.namespaces(namespaces)}. `}
        {inProduction === 0 ? null : (
          <strong className="status failed">{t.inProduction(inProduction, rows.length)}</strong>
        )}
      </p>
      <ul className="plain-list lines" aria-label={t.where}>
        {clusters.map(({ cluster, count, namespaces: names, replicas }) => {
          const tier = tierOf.get(cluster);
          return (
            <li key={cluster} className="row wrap">
              <strong>{cluster}</strong>
              {tier === undefined ? null : <TierBadge tier={tier} />}
              <span className="muted">{t.inCluster(count, someOf(names))}</span>
              {replicas === undefined ? null : <span>{t.replicasFromTo(replicas.before, replicas.after)}</span>}
            </li>
          );
        })}
      </ul>
      {owners.applications.length === 0 ? null : (
        <p className="notice">{t.applications[action](sumOf(owners.applications), namesOf(owners.applications))}</p>
      )}
      {owners.makers.length === 0 ? null : (
        <p className="notice">
          {(action === 'delete' ? t.madeAgain : t.setBack)(
            sumOf(owners.makers),
            someOf(owners.makers.map(({ name, count }) => t.counted(name, count))),
          )}
        </p>
      )}
      {owners.autoscaled.length === 0 || (action !== 'scale' && action !== 'delete') ? null : (
        <p className="notice degraded">{t.autoscaled[action](someOf(owners.autoscaled))}</p>
      )}
      {isUnknown && action === 'scale' ? <p className="notice degraded">{t.autoscalersUnknown}</p> : null}
      {owners.alone === 0 || action !== 'delete' ? null : (
        <p className="notice degraded">{t.aloneGone(owners.alone)}</p>
      )}
    </section>
  );
}

type Counted = readonly { name: string; count: number }[];
const sumOf = (all: Counted) => all.reduce((sum, { count }) => sum + count, 0);
const namesOf = (all: Counted) => someOf(all.map(({ name }) => name));
const someOf = (names: readonly string[]) =>
  names.slice(0, shownNames).join(', ') + (names.length > shownNames ? ` ${t.more(names.length - shownNames)}` : '');

/** All of them in these clusters: one that is not known here would undo a deed unannounced. */
function useAutoscalers(clusters: readonly string[]) {
  const slugs = clusters.join(',');
  const scalers = useQuery({
    queryKey: ['inventory', 'autoscalers', slugs],
    async queryFn({ signal }) {
      const items: InventoryObject[] = [];
      let cursor: string | undefined;
      do {
        const page = await api.call(
          listObjects,
          { query: { plural: 'horizontalpodautoscalers', clusters: slugs as never, limit: 200, cursor } },
          { signal },
        );
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return items;
    },
  });
  return { autoscalers: scalers.data ?? [], isUnknown: scalers.isError };
}
