import type { ClientOutput } from '@quarterdeck/contracts';
import type { listEvents } from '@quarterdeck/contracts/inventory';
import { AgeText, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { problemOf } from './api.ts';
import { t } from './platform.messages.ts';

/**
 * Kubernetes events, newest first, with all four states.
 * @param objects whether each line names its object: a page of one object need not
 */
export function EventList(props: {
  events: UseQueryResult<ClientOutput<typeof listEvents>>;
  none: string;
  objects?: boolean;
}) {
  const { events } = props;
  if (events.isPending) return <Skeleton rows={4} />;
  if (events.isError) return <ProblemAlert problem={problemOf(events.error)} onRetry={() => void events.refetch()} />;
  if (events.data.items.length === 0) return <p className="muted">{props.none}</p>;
  return (
    <ul className="attention">
      {events.data.items.map((event) => (
        <li key={event.id}>
          <StatusDot status={event.type === 'Warning' ? 'degraded' : 'healthy'}>{event.reason}</StatusDot>
          <span className="grow breakable">
            {props.objects === true ? (
              <>
                <strong>{event.object}</strong> <span className="muted">{event.namespace}</span>{' '}
              </>
            ) : null}
            {event.message}
            {event.count > 1 ? <span className="muted"> · {t.times(event.count)}</span> : null}
          </span>
          <AgeText at={event.lastAt} />
        </li>
      ))}
    </ul>
  );
}
