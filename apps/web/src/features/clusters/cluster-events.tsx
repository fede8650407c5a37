import { listEvents } from '@quarterdeck/contracts/inventory';
import { AgeText, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './clusters.messages.ts';

/** What warns in one cluster, newest first; what went well would bury it. */
export function ClusterEvents({ slug }: { slug: string }) {
  const events = useQuery({
    queryKey: ['inventory', 'events', 'cluster', slug],
    queryFn: ({ signal }) =>
      api.call(listEvents, { query: { clusters: slug as never, type: 'Warning', limit: 15 } }, { signal }),
    refetchInterval: 5000,
  });
  return (
    <section className="panel">
      <header>
        <h2>{t.events}</h2>
      </header>
      {events.isPending ? <Skeleton rows={4} /> : null}
      {events.isError ? <ProblemAlert problem={problemOf(events.error)} onRetry={() => void events.refetch()} /> : null}
      {events.data?.items.length === 0 ? <p className="muted">{t.noEvents}</p> : null}
      <ul className="attention">
        {(events.data?.items ?? []).map((event) => (
          <li key={event.id}>
            <StatusDot status="degraded">{event.reason}</StatusDot>
            <span className="grow">
              <strong>{event.object}</strong> <span className="muted">{event.namespace}</span> {event.message}
              {event.count > 1 ? <span className="muted"> · {event.count} times</span> : null}
            </span>
            <AgeText at={event.lastAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}
