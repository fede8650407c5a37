import type { WorkloadTimeline as Timeline } from '@quarterdeck/contracts';
import { AgeText, clockOf, EventLanes, ProblemAlert, Skeleton, StatusDot, useNow, useZone } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { problemOf } from '../../../platform/api.ts';
import { Completeness } from '../../../platform/completeness.tsx';
import { objectPath } from '../../../platform/object-path.ts';
import { type Lane, laneKey, lanesOf, narrowed, type TimelineItem } from './timeline-lanes.ts';
import { t } from './views.messages.ts';
import { timelineQuery, type Viewed } from './views.queries.ts';

const choices = [1, 6, 24, 72];
const hourMs = 3_600_000;
/** Lines of the plot; the list holds the others too. */
const mostLanes = 14;

/** What happened to a workload, to all it made and to what scales or guards it: a line for each object, then each event. */
export function WorkloadTimeline({ workload }: { workload: Viewed }) {
  const timeline = useQuery(timelineQuery(workload));
  const [hours, setHours] = useState<number>();
  const [only, setOnly] = useState<'warnings' | 'all'>('all');
  const [of, setOf] = useState<string>();
  const now = useNow();
  if (timeline.isPending) return <Skeleton rows={8} />;
  if (timeline.isError)
    return <ProblemAlert problem={problemOf(timeline.error)} onRetry={() => void timeline.refetch()} />;
  const { items, cut, revisions, cluster } = timeline.data;
  const over = hours ?? fitting(items, now);
  const from = now - over * hourMs;
  const inTime = narrowed(items, { from, only, of: undefined });
  const lanes = lanesOf(inTime);
  const listed = of === undefined ? inTime : inTime.filter((item) => laneKey(item) === of);
  return (
    <>
      <Completeness clusters={[cluster]} only="bar" onRetry={() => void timeline.refetch()} />
      <section className="panel stack" aria-label={t.eventsOver(workload.name, t.hours(over))}>
        <div className="spread wrap">
          <span className="row wrap">
            <fieldset className="segments" aria-label={t.over}>
              {choices.map((choice) => (
                <button key={choice} type="button" aria-pressed={choice === over} onClick={() => setHours(choice)}>
                  {t.hours(choice)}
                </button>
              ))}
            </fieldset>
            <fieldset className="segments" aria-label={t.severity}>
              {(['warnings', 'all'] as const).map((kind) => (
                <button key={kind} type="button" aria-pressed={only === kind} onClick={() => setOnly(kind)}>
                  {t.severities[kind]}
                </button>
              ))}
            </fieldset>
            <span className="muted">{t.events(inTime.length)}</span>
          </span>
          <Completeness clusters={[cluster]} only="chip" />
        </div>
        {items.length === 0 ? (
          <p className="muted">{t.noEvents}</p>
        ) : inTime.length === 0 ? (
          <p className="muted">{(only === 'warnings' ? t.noWarnings : t.noneInTime)(t.hours(over))}</p>
        ) : (
          <EventLanes
            label={t.eventsOver(workload.name, t.hours(over))}
            span={{ from, to: now }}
            words={{ warning: t.warnings, other: t.others, mark: t.newTemplate }}
            marks={revisions.filter(({ at }) => Date.parse(at) >= from).map(markOf)}
            lanes={lanes.slice(0, mostLanes).map((lane) => ({
              key: lane.key,
              name: <LaneName lane={lane} chosen={of === lane.key} onChoose={setOf} />,
              events: lane.items.map((item) => ({
                key: item.id,
                from: Date.parse(item.firstAt),
                to: Date.parse(item.lastAt),
                isWarning: item.type === 'Warning',
                words: `${item.reason}: ${item.message}`,
              })),
            }))}
          />
        )}
        {lanes.length > mostLanes ? <span className="muted">{t.moreLanes(lanes.length - mostLanes)}</span> : null}
      </section>
      {listed.length === 0 && of === undefined ? null : (
        <section className="panel stack tight">
          {of === undefined ? null : (
            <div className="row">
              <strong>{of.replace('/', ' ')}</strong>
              <button type="button" className="button small" onClick={() => setOf(undefined)}>
                {t.allObjects}
              </button>
            </div>
          )}
          <EventsOf items={listed} workload={workload} />
          {cut ? <span className="muted">{t.newest(items.length)}</span> : null}
        </section>
      )}
    </>
  );
}

/** The shortest time that holds something: a page that opens on nothing tells nothing. */
function fitting(items: readonly TimelineItem[], now: number): number {
  const age = items[0] === undefined ? 0 : (now - Date.parse(items[0].lastAt)) / hourMs;
  return choices.find((choice) => age < choice * 0.8) ?? (choices.at(-1) as number);
}

function markOf({ at, revision, images }: Timeline['revisions'][number]) {
  const name = revision === undefined ? t.newTemplate : t.revision(revision);
  return { at: Date.parse(at), words: [name, ...images].join('\n') };
}

function LaneName(props: { lane: Lane; chosen: boolean; onChoose: (key: string | undefined) => void }) {
  const { key, kind, name, warnings } = props.lane;
  return (
    <button
      type="button"
      className="lane-button"
      aria-pressed={props.chosen}
      title={t.onlyOf(`${kind} ${name}`)}
      onClick={() => props.onChoose(props.chosen ? undefined : key)}
    >
      <StatusDot status={warnings > 0 ? 'degraded' : 'healthy'}>
        <span className="muted">{kind}</span> {name}
      </StatusDot>
    </button>
  );
}

function EventsOf({ items, workload }: { items: readonly TimelineItem[]; workload: Viewed }) {
  const zone = useZone();
  return (
    <ul className="attention told">
      {items.map((item) => (
        <li key={item.id}>
          <StatusDot status={item.type === 'Warning' ? 'degraded' : 'healthy'}>{item.reason}</StatusDot>
          <span className="grow breakable">
            <span className="muted">{item.kind}</span>{' '}
            {item.at === undefined ? (
              <>
                <strong>{item.name}</strong> <span className="badge">{t.gone}</span>
              </>
            ) : (
              <Link
                to={objectPath({
                  ...item.at,
                  cluster: workload.cluster,
                  namespace: workload.namespace,
                  name: item.name,
                })}
              >
                {item.name}
              </Link>
            )}{' '}
            {item.message}
            {item.count > 1 ? (
              <span className="muted"> · {t.times(item.count, clockOf(new Date(item.firstAt), zone))}</span>
            ) : null}
          </span>
          <AgeText at={item.lastAt} />
        </li>
      ))}
    </ul>
  );
}
