import { listEvents } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';
import { EventList } from '../../platform/event-list.tsx';
import { t } from './workloads.messages.ts';

/** Events of a workload and of what carries its name, over all clusters. */
export function WorkloadEvents({ namespace, name }: { namespace: string; name: string }) {
  const events = useQuery({
    queryKey: ['inventory', 'events', 'workload', namespace, name],
    queryFn: ({ signal }) =>
      api.call(listEvents, { query: { namespaces: namespace as never, q: name, limit: 100 } }, { signal }),
    refetchInterval: 5000,
  });
  return (
    <section className="panel">
      <EventList events={events} none={t.noEvents} objects />
    </section>
  );
}
