import { EmptyState, PageHeader, ProblemAlert, Skeleton, StatusDot, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { problemOf } from '../../platform/api.ts';
import { AuditLink } from '../../platform/audit-link.tsx';
import { Completeness } from '../../platform/completeness.tsx';
import { useScope } from '../../platform/scope.ts';
import { WorkloadLogs } from '../../platform/workload-logs.tsx';
import { LiveCopies } from './live-copies.tsx';
import { OwnRelease } from './own-release.tsx';
import { PodsTable } from './pods-table.tsx';
import { t as views } from './views/views.messages.ts';
import { WorkloadViewIn } from './views/workload-view-in.tsx';
import { WorkloadCauses } from './workload-causes.tsx';
import { WorkloadClusters } from './workload-clusters.tsx';
import { WorkloadEvents } from './workload-events.tsx';
import { WorkloadTerminal } from './workload-terminal.tsx';
import { t } from './workloads.messages.ts';
import { workloadQuery } from './workloads.queries.ts';

const worst = ['failed', 'degraded', 'updating', 'unknown', 'waiting', 'healthy'] as const;

/**
 * One workload over every cluster that holds it: the cause in words, its pods, logs and events of all of them.
 * @param notes what other features say of it, above
 */
export function WorkloadPage({
  notes,
}: {
  notes?: (of: { plural: string; namespace: string; name: string }) => ReactNode;
}) {
  const { plural = '', ns = '', name = '' } = useParams({ strict: false });
  const search = useSearch({ strict: false }) as { tab?: string; pod?: string; cluster?: string };
  const navigate = useNavigate();
  const { narrowed } = useScope();
  const query = useQuery(workloadQuery(plural, ns, name));
  const pods = useMemo(() => (query.data?.copies ?? []).flatMap((one) => one.pods), [query.data]);
  const podKeys = useMemo(() => pods.map((pod) => `${pod.cluster}/${pod.name}`), [pods]);
  const workload = useMemo(() => ({ plural, namespace: ns, name }), [plural, ns, name]);
  const chosen = useMemo(() => (search.pod ?? '').split(',').filter((pod) => pod !== ''), [search.pod]);
  if (query.isPending) return <Skeleton rows={12} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  const { copies, clusters } = query.data;
  if (copies.length === 0) {
    return (
      <>
        <Completeness clusters={clusters} onRetry={() => void query.refetch()} />
        <EmptyState
          page
          title={t.noWorkload(name, ns)}
          action={
            <Link to="/workloads" className="button">
              {t.workloads}
            </Link>
          }
        >
          {t.noWorkloadHint}
        </EmptyState>
      </>
    );
  }
  const go = (change: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: ((before: object) => ({ ...before, ...change })) as never });
  const health = worst.find((level) => copies.some(({ copy }) => copy.health === level)) ?? 'unknown';
  const ready = copies.reduce((sum, { copy }) => sum + (copy.ready ?? 0), 0);
  const desired = copies.reduce((sum, { copy }) => sum + (copy.desired ?? 0), 0);
  const tab = search.tab ?? 'overview';
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="workloads" to="/workloads">
            {t.workloads}
          </Link>,
          <Link key="namespace" to="/workloads" search={{ namespaces: ns } as never}>
            {ns}
          </Link>,
        ]}
        title={name}
        status={
          <>
            <span className="muted">{copies[0]?.copy.kind}</span>
            <StatusDot status={health}>{t.ready(ready, desired)}</StatusDot>
            <span className="badge">{t.podsIn(copies.length)}</span>
            <Completeness clusters={clusters} only="chip" />
            {narrowed ? <span className="muted">{t.scopeIgnored}</span> : null}
          </>
        }
        actions={
          <>
            <AuditLink q={name} />
            <OwnRelease copies={copies.map(({ copy }) => copy)} />
          </>
        }
      />
      <Completeness clusters={clusters} only="bar" onRetry={() => void query.refetch()} />
      {notes?.({ plural, namespace: ns, name })}
      <Tabs
        label={t.parts}
        current={tab}
        tabs={[
          { key: 'overview', title: t.overview },
          { key: 'pods', title: t.pods, count: pods.length },
          { key: 'events', title: t.events },
          { key: 'timeline', title: views.timeline },
          { key: 'tree', title: views.tree },
          { key: 'logs', title: t.logs },
          { key: 'yaml', title: t.yaml },
          { key: 'terminal', title: t.terminal },
        ]}
        onChange={(next) => go({ tab: next === 'overview' ? undefined : next, pod: undefined })}
      />
      {tab === 'overview' ? (
        <>
          <WorkloadCauses pods={pods} copies={copies.map(({ copy }) => copy)} />
          <WorkloadClusters
            copies={copies}
            answers={clusters}
            onLogs={(pod) => go({ tab: 'logs', pod: `${pod.cluster}/${pod.name}` })}
          />
        </>
      ) : null}
      {tab === 'pods' ? <PodsTable pods={pods} /> : null}
      {tab === 'events' ? <WorkloadEvents namespace={ns} name={name} /> : null}
      {tab === 'timeline' || tab === 'tree' ? (
        <WorkloadViewIn
          view={tab}
          copies={copies.map(({ copy }) => copy)}
          chosen={search.cluster}
          onChoose={(cluster) => go({ cluster })}
        />
      ) : null}
      {tab === 'logs' ? (
        <WorkloadLogs
          workload={workload}
          pods={podKeys}
          chosen={chosen}
          onChoose={(next) => go({ pod: next.length === 0 ? undefined : next.join(',') })}
        />
      ) : null}
      {tab === 'terminal' ? <WorkloadTerminal pods={pods} chosen={chosen[0]} onChoose={(pod) => go({ pod })} /> : null}
      {tab === 'yaml' ? (
        <LiveCopies
          copies={copies.map(({ copy }) => copy)}
          chosen={search.cluster}
          onChoose={(cluster) => go({ cluster })}
        />
      ) : null}
    </>
  );
}
