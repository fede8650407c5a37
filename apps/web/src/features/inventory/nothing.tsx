import type { ClusterAnswer } from '@quarterdeck/contracts';
import { listObjects } from '@quarterdeck/contracts/inventory';
import { EmptyState } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../platform/api.ts';
import { fewOf } from '../../platform/attention.ts';
import { isRefused } from '../../platform/completeness.tsx';
import type { InventoryKind } from '../../platform/kinds.ts';
import type { Scope } from '../../platform/scope.ts';
import { t } from './inventory.messages.ts';
import type { ObjectFilters } from './use-objects.ts';

/** Why a list is empty, and the way on: no cluster, a scope, a filter, or there is truly nothing. */
export function Nothing(props: {
  kind: Pick<InventoryKind, 'group' | 'plural'>;
  filters: ObjectFilters;
  filtered: boolean;
  narrowed: boolean;
  scope: Scope;
  clusters: readonly ClusterAnswer[];
  onClear: () => void;
  onWiden: () => void;
}) {
  const { filters, narrowed, clusters } = props;
  const { group, plural } = props.kind;
  const everywhere = useQuery({
    queryKey: ['inventory', 'everywhere', group, plural, filters],
    enabled: narrowed,
    queryFn: ({ signal }) =>
      api.call(listObjects, { query: { group, plural, ...(filters as object), limit: 1 } }, { signal }),
  });
  const elsewhere = everywhere.data?.total ?? 0;
  if (narrowed && elsewhere > 0) {
    return (
      <EmptyState
        title={t.elsewhere(plural, elsewhere)}
        action={
          <button type="button" className="button primary" onClick={props.onWiden}>
            {t.widen}
          </button>
        }
      >
        {t.scopeIs([...props.scope.project, ...props.scope.env, ...props.scope.clusters].join(', '))}
      </EmptyState>
    );
  }
  if (clusters.length === 0 && !narrowed) {
    return (
      <EmptyState
        title={t.noCluster}
        action={
          <Link to="/clusters/register" className="button primary">
            {t.registerFirst}
          </Link>
        }
      />
    );
  }
  const slugs = clusters.filter(isRefused).map(({ slug }) => slug);
  if (slugs.length > 0 && !props.filtered) {
    return (
      <EmptyState
        title={t.refused(plural, fewOf(slugs))}
        action={
          <span className="row wrap">
            {slugs.slice(0, 4).map((cluster) => (
              <Link key={cluster} to="/clusters/$cluster/health" params={{ cluster }} hash="refused" className="button">
                {t.healthOf(cluster)}
              </Link>
            ))}
          </span>
        }
      >
        {t.whyRefused}
      </EmptyState>
    );
  }
  // Every cluster answered that its own roles let the person see none of this.
  if (clusters.length > 0 && clusters.every(({ sight }) => sight === 'none')) {
    return (
      <EmptyState
        title={t.hidden(plural)}
        action={
          <Link to="/clusters" className="button">
            {t.clusters}
          </Link>
        }
      >
        {t.whyHidden}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={props.filtered ? t.nothingMatches(plural) : t.noneAtAll(plural, clusters.length)}
      action={
        props.filtered ? (
          <button type="button" className="button" onClick={props.onClear}>
            {t.clear}
          </button>
        ) : (
          <Link to="/clusters" className="button">
            {t.clusters}
          </Link>
        )
      }
    />
  );
}
