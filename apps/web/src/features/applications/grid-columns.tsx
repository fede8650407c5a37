import type { Cluster } from '@quarterdeck/contracts';
import { AgeText, type Column, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { isAway } from '../../platform/fleet.tsx';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { type GridRow, gridClusters, troubleOf } from './application-grid.ts';
import { t } from './applications.messages.ts';
import { GridCell, RestCell } from './grid-cell.tsx';

const fixed: Column<GridRow>[] = [
  {
    key: 'name',
    title: t.application,
    cell: ({ application }) => (
      <span className="row">
        <Link
          to="/applications/$project/$app"
          params={{ project: application.project, app: application.slug }}
          className="strong"
        >
          {application.displayName}
        </Link>
        <span className="muted">{application.project}</span>
      </span>
    ),
  },
  {
    key: 'environment',
    title: t.environmentLabel,
    cell: ({ environment }) => <TierBadge tier={environment.tier}>{environment.name}</TierBadge>,
  },
];

const trouble: Column<GridRow> = {
  key: 'trouble',
  title: t.whatIsWrong,
  cell: (row) => {
    const found = troubleOf(row);
    if (found === undefined) return null;
    const { clusters, reason = t.failedWithoutReason } = found;
    return (
      <span className="reason cut" title={`${clusters.join(', ')}: ${reason}`}>
        {reason}
      </span>
    );
  },
};

/** Application, environment, what is wrong where something is, and a column for each cluster with its age where it is away. */
export function gridColumns(rows: readonly GridRow[], fleet: readonly Cluster[]): Column<GridRow>[] {
  const { shown, rest } = gridClusters(rows);
  const known = new Map(fleet.map((cluster) => [cluster.slug, cluster]));
  return [
    ...fixed,
    ...(rows.some(({ isFailing }) => isFailing) ? [trouble] : []),
    ...shown.map((slug): Column<GridRow> => {
      const cluster = known.get(slug);
      const away = cluster !== undefined && isAway(cluster);
      return {
        key: slug,
        title: slug,
        ...(away ? { head: <AwayHead cluster={cluster} /> } : {}),
        cell: (row) => <GridCell row={row} cluster={slug} isAway={away} />,
      };
    }),
    ...(rest.size === 0
      ? []
      : [
          {
            key: 'rest',
            title: t.otherClusters(rest.size),
            cell: (row: GridRow) => <RestCell row={row} rest={rest} />,
          },
        ]),
  ];
}

/** A cluster that does not answer: what is below is as old as this says. */
function AwayHead({ cluster }: { cluster: Cluster }) {
  return (
    <span title={cluster.stateReason}>
      <StatusDot status="stale">
        {cluster.slug} {cluster.asOf === undefined ? t.cutOff : <AgeText at={cluster.asOf} />}
      </StatusDot>
    </span>
  );
}
