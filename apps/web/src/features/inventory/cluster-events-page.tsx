import { ProblemAlert, TextFilter, TimeBars, useNow } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { problemOf } from '../../platform/api.ts';
import { Completeness } from '../../platform/completeness.tsx';
import { EventList } from '../../platform/event-list.tsx';
import { t } from './cluster-parts.messages.ts';
import { clusterEventsQuery, eventCountsQuery } from './inventory.queries.ts';

type Search = { q?: string; type?: string; hours?: string };

const choices = [1, 6, 24, 72];

/** What Kubernetes tells of one cluster: when how much of it, then each, newest first. Warnings alone unless asked. */
export function ClusterEventsPage() {
  const { cluster = '' } = useParams({ strict: false });
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const isAll = search.type === 'all';
  const hours = choices.find((choice) => String(choice) === search.hours) ?? 24;
  const events = useQuery(clusterEventsQuery({ clusters: cluster, q: search.q, type: isAll ? undefined : 'Warning' }));
  const refine = useCallback(
    (change: Search) =>
      void navigate({ to: '.', replace: true, search: ((before: object) => ({ ...before, ...change })) as never }),
    [navigate],
  );
  const setQ = useCallback((words: string) => refine({ q: words }), [refine]);
  const { data } = events;
  return (
    <>
      <Completeness clusters={data?.clusters} only="bar" onRetry={() => void events.refetch()} />
      <Histogram
        cluster={cluster}
        hours={hours}
        onHours={(next) => refine({ hours: next === 24 ? '' : String(next) })}
      />
      <div className="filters">
        <TextFilter label={t.eventFilter} value={search.q ?? ''} onChange={setQ} focus />
        <fieldset className="segments" aria-label={t.severity}>
          {(['warnings', 'all'] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              aria-pressed={isAll === (kind === 'all')}
              onClick={() => refine({ type: kind === 'all' ? 'all' : '' })}
            >
              {t.kinds[kind]}
            </button>
          ))}
        </fieldset>
        {data === undefined || data.items.length === 0 ? null : (
          <span className="muted">
            {t.lastOnes(data.items.length, `${data.total.toLocaleString()}${data.totalIsExact ? '' : '+'}`)}
          </span>
        )}
      </div>
      <section className="panel">
        <EventList events={events} none={isAll || (search.q ?? '') !== '' ? t.noEvents : t.noWarnings} objects />
      </section>
    </>
  );
}

function Histogram(props: { cluster: string; hours: number; onHours: (hours: number) => void }) {
  const { cluster, hours } = props;
  const counts = useQuery(eventCountsQuery(cluster, hours));
  const now = useNow();
  return (
    <section className="panel stack tight" aria-label={t.eventsOver(hours)}>
      <div className="spread">
        <h2>{t.eventsOver(hours)}</h2>
        <fieldset className="segments" aria-label={t.over}>
          {choices.map((choice) => (
            <button key={choice} type="button" aria-pressed={choice === hours} onClick={() => props.onHours(choice)}>
              {t.hours(choice)}
            </button>
          ))}
        </fieldset>
      </div>
      {counts.isError ? <ProblemAlert problem={problemOf(counts.error)} onRetry={() => void counts.refetch()} /> : null}
      {counts.data === undefined ? (
        <div className="plot-area" aria-busy={counts.isPending} />
      ) : counts.data.slots.length === 0 ? (
        <p className="muted">{t.noneInTime}</p>
      ) : (
        <TimeBars
          label={t.eventsOver(hours)}
          span={{ from: Date.parse(counts.data.since), to: Math.max(now, Date.parse(counts.data.since) + 1) }}
          slotMs={counts.data.slotMinutes * 60_000}
          bars={counts.data.slots.map(({ at, warnings, others }) => ({
            at: Date.parse(at),
            low: warnings,
            high: others,
          }))}
          names={{ low: t.warningsKey, high: t.othersKey }}
        />
      )}
    </section>
  );
}
