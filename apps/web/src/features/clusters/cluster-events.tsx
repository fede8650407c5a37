import { listEvents } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';
import { EventList } from '../../platform/event-list.tsx';
import { t } from './clusters.messages.ts';

/** What warns in one cluster, newest first; what went well would bury it. */
export function ClusterEvents({ slug }: { slug: string }) {
  const events = useQuery({
    queryKey: ['inventory', 'events', 'cluster', slug],
    queryFn: ({ signal }) =>
      api.call(listEvents, { query: { clusters: slug as never, type: 'Warning', limit: 50 } }, { signal }),
    refetchInterval: 5000,
  });
  return (
    <section className="panel">
      <EventList events={events} none={t.noEvents} objects />
    </section>
  );
}
