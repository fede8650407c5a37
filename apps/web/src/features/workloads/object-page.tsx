import type { InventoryObject } from '@quarterdeck/contracts';
import { kindsWithLogs } from '@quarterdeck/contracts/workload-logs';
import { CopyButton, EmptyState, PageHeader, ProblemAlert, Skeleton, StatusDot, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense } from 'react';
import { problemOf } from '../../platform/api.ts';
import { AuditLink } from '../../platform/audit-link.tsx';
import { EventList } from '../../platform/event-list.tsx';
import { useFleet } from '../../platform/fleet.tsx';
import { PodLogs } from '../../platform/pod-logs.tsx';
import { useScope } from '../../platform/scope.ts';
import { containersOf } from './containers-of.ts';
import { LiveYaml } from './live-yaml.tsx';
import { ObjectLogs } from './object-logs.tsx';
import { ObjectSummary } from './object-summary.tsx';
import { Related } from './related.tsx';
import { RolloutDeeds } from './rollouts/rollout-deeds.tsx';
import { t as views } from './views/views.messages.ts';
import { viewedOf } from './views/views.queries.ts';
import { WorkloadTimeline } from './views/workload-timeline.tsx';
import { WorkloadTree } from './views/workload-tree.tsx';
import { t } from './workloads.messages.ts';
import { type Address, eventsQuery, liveObjectQuery, rowQuery } from './workloads.queries.ts';

const PodTerminal = lazy(() =>
  import('./terminal/pod-terminal.tsx').then((module) => ({ default: module.PodTerminal })),
);

/**
 * One object of one cluster: what it is, what it belongs to, what happened to it, its YAML as it is now.
 * @param notes what other features say of it, above
 * @param actions what they let one do to it
 */
export function ObjectPage({
  notes,
  actions,
}: {
  notes?: (address: Address) => ReactNode;
  actions?: (row: InventoryObject) => ReactNode;
}) {
  const params = useParams({ strict: false }) as Record<'cluster' | 'group' | 'plural' | 'ns' | 'name', string>;
  const fleet = useFleet();
  if (fleet === undefined) return <Skeleton rows={10} />;
  const cluster = fleet.find((candidate) => candidate.slug === params.cluster);
  if (cluster === undefined) {
    return (
      <EmptyState
        page
        title={t.unknownCluster(params.cluster)}
        action={
          <Link to="/clusters" className="button">
            {t.allClusters}
          </Link>
        }
      />
    );
  }
  const { group, plural, ns: namespace, name } = params;
  const address = { clusterId: cluster.id, cluster: cluster.slug, group, plural, namespace, name };
  return <OneObject address={address} notes={notes?.(address)} actions={actions} />;
}

function OneObject({
  address,
  notes,
  actions,
}: {
  address: Address;
  notes: ReactNode;
  actions: ((row: InventoryObject) => ReactNode) | undefined;
}) {
  const { cluster, group, plural, namespace, name } = address;
  const search = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const { narrowed } = useScope();
  const live = useQuery(liveObjectQuery(address));
  const row = useQuery(rowQuery(address));
  const uid = live.data?.uid ?? row.data?.uid;
  const events = useQuery({ ...eventsQuery(uid ?? ''), enabled: uid !== undefined });
  const list = (
    <Link to="/inventory/$group/$plural" params={{ group, plural }}>
      {plural}
    </Link>
  );
  if (live.isPending && row.isPending) return <Skeleton rows={10} />;
  const isGone = live.isError && problemOf(live.error).code === 'object_not_found';
  if (isGone && (row.data === null || row.data === undefined)) {
    return (
      <EmptyState
        page
        title={t.gone(name)}
        action={
          <Link to="/audit" search={{ q: name } as never} className="button">
            {t.audit}
          </Link>
        }
      >
        {t.goneHint}
      </EmptyState>
    );
  }
  const isPod = group === 'core' && plural === 'pods';
  const hasPods = kindsWithLogs[plural] === group;
  const viewed = viewedOf(address);
  const asked = search.tab ?? 'overview';
  // The timeline of a workload holds its own events, too.
  const tab = viewed !== undefined && asked === 'events' ? 'timeline' : asked;
  const command = `kubectl --context ${cluster} get ${plural}${group === 'core' ? '' : `.${group}`} ${name}${namespace === '_' ? '' : ` -n ${namespace}`} -o yaml`;
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="inventory" to="/inventory">
            {t.inventory}
          </Link>,
          list,
          <Link key="cluster" to="/clusters/$cluster" params={{ cluster }}>
            {cluster}
          </Link>,
        ]}
        title={name}
        status={
          <>
            <span className="muted">{live.data?.kind ?? row.data?.kind ?? plural}</span>
            {row.data === null || row.data === undefined ? null : (
              <StatusDot status={isGone ? 'stale' : row.data.health}>{row.data.statusText}</StatusDot>
            )}
            <span className="badge">{cluster}</span>
            {namespace === '_' ? null : <span className="badge">{namespace}</span>}
            {narrowed ? <span className="muted">{t.scopeIgnored}</span> : null}
          </>
        }
        actions={
          <>
            {row.data === null || row.data === undefined || isGone ? null : (
              <>
                {actions?.(row.data)}
                <RolloutDeeds row={row.data} />
              </>
            )}
            <AuditLink q={name} cluster={cluster} />
            <CopyButton text={name} label={t.copyName} />
            <CopyButton text={command} label={t.copyKubectl} />
          </>
        }
      />
      {live.isError ? (
        <div className="stack">
          {row.data === null || row.data === undefined ? null : <p className="notice stale">{t.notLive}.</p>}
          <ProblemAlert problem={problemOf(live.error)} onRetry={() => void live.refetch()} />
        </div>
      ) : null}
      {notes}
      <Tabs
        label={t.parts}
        current={tab}
        tabs={[
          { key: 'overview', title: t.overview },
          ...(viewed === undefined
            ? [{ key: 'events', title: t.events, count: events.data?.total }]
            : [
                { key: 'timeline', title: views.timeline },
                { key: 'tree', title: views.tree },
              ]),
          { key: 'yaml', title: t.yaml },
          ...(isPod || hasPods ? [{ key: 'logs', title: t.logs }] : []),
          ...(isPod ? [{ key: 'terminal', title: t.terminal }] : []),
        ]}
        onChange={(next) =>
          void navigate({
            to: '.',
            search: ((before: object) => ({ ...before, tab: next === 'overview' ? undefined : next })) as never,
          })
        }
      />
      {tab === 'overview' ? (
        <div className="columns">
          <ObjectSummary row={row.data ?? undefined} live={live.data} />
          {row.data === null || row.data === undefined ? null : (
            <Related row={row.data} owners={live.data?.owners ?? []} />
          )}
        </div>
      ) : null}
      {tab === 'timeline' && viewed !== undefined ? <WorkloadTimeline workload={viewed} /> : null}
      {tab === 'tree' && viewed !== undefined ? <WorkloadTree workload={viewed} /> : null}
      {tab === 'events' ? (
        <section className="panel">
          <EventList events={events} none={t.noEvents} />
        </section>
      ) : null}
      {tab === 'yaml' ? <LiveYaml query={live} address={address} /> : null}
      {tab === 'logs' && isPod ? (
        <section className="panel">
          <PodLogs clusterId={address.clusterId} namespace={namespace} pod={name} />
        </section>
      ) : null}
      {tab === 'logs' && hasPods ? <ObjectLogs address={address} /> : null}
      {tab === 'terminal' && isPod ? (
        <Suspense fallback={<Skeleton rows={12} />}>
          <PodTerminal
            clusterId={address.clusterId}
            namespace={namespace}
            pod={name}
            containers={row.data === null || row.data === undefined ? [] : containersOf(row.data)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
