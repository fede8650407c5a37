import type { ClusterHistory } from '@quarterdeck/contracts';
import { probeSlotMinutes } from '@quarterdeck/contracts/clusters';
import {
  CodeBlock,
  type Column,
  DataTable,
  durationText,
  ProblemAlert,
  Skeleton,
  StateBand,
  StatusDot,
  TimePlot,
  TimeText,
  useNow,
} from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { problemOf } from '../../platform/api.ts';
import { ClusterStreams } from './cluster-facts.tsx';
import { t } from './cluster-page.messages.ts';
import { clusterStatus } from './cluster-status.ts';
import { historyQuery } from './clusters.queries.ts';
import { grantManifest } from './grant-manifest.ts';
import { type ClusterDetail, useOpenedCluster } from './opened-cluster.ts';
import { type Standstill, standstillsOf } from './standstills.ts';
import { type StateAt, spansOf } from './state-spans.ts';

const choices = [1, 6, 24, 48];
const slotMs = probeSlotMinutes * 60_000;

/** How a cluster is and was: states, latency, every watched kind, and what would mend a refusal. */
export function ClusterHealthPage() {
  const { cluster } = useOpenedCluster();
  const search = useSearch({ strict: false }) as { hours?: string };
  const navigate = useNavigate();
  const hours = choices.find((choice) => String(choice) === search.hours) ?? 24;
  const history = useQuery(historyQuery(cluster, hours));
  return (
    <>
      {cluster.detail === 'full' ? <Remedies cluster={cluster} /> : null}
      <div className="filters">
        <fieldset className="segments" aria-label={t.over}>
          {choices.map((choice) => (
            <button
              key={choice}
              type="button"
              aria-pressed={choice === hours}
              onClick={() =>
                void navigate({
                  to: '.',
                  replace: true,
                  search: ((before: object) => ({ ...before, hours: choice === 24 ? undefined : choice })) as never,
                })
              }
            >
              {t.hours(choice)}
            </button>
          ))}
        </fieldset>
      </div>
      {history.isPending ? <Skeleton rows={6} /> : null}
      {history.isError ? (
        <ProblemAlert problem={problemOf(history.error)} onRetry={() => void history.refetch()} />
      ) : null}
      {history.data === undefined ? null : <Past cluster={cluster} history={history.data} hours={hours} />}
      {cluster.detail === 'full' ? (
        <ClusterStreams streams={cluster.streams} />
      ) : (
        <p className="muted">{t.limitedHistory}</p>
      )}
    </>
  );
}

function Past(props: { cluster: ClusterDetail; history: ClusterHistory; hours: number }) {
  const { cluster, history, hours } = props;
  const now = useNow();
  // Of a cluster that is younger than what is looked at there is nothing before.
  const from = Math.max(Date.parse(history.since), Math.min(Date.parse(cluster.createdAt), now - slotMs));
  const span = { from, to: now };
  const states = spansOf(history.states, span);
  const [only] = states;
  return (
    <>
      <section className="panel stack tight" aria-label={t.states}>
        <h2>{t.states}</h2>
        <StateBand
          label={t.statesLabel(cluster.slug, hours)}
          span={span}
          states={states.map((state) => ({ ...state, ...clusterStatus(state), why: state.reason }))}
        />
        {only !== undefined && states.length === 1 ? (
          <p className="muted">{t.noChanges(clusterStatus(only).word)}</p>
        ) : (
          <details>
            <summary>
              {t.changes} ({states.length})
            </summary>
            <DataTable
              label={t.changes}
              columns={stateColumns}
              rows={states.toReversed()}
              rowId={(row) => String(row.from)}
            />
          </details>
        )}
      </section>
      {cluster.detail === 'full' ? (
        <>
          <Latency slug={cluster.slug} probes={history.probes} span={span} />
          <Incidents incidents={history.incidents} />
        </>
      ) : null}
    </>
  );
}

const stateColumns: Column<StateAt>[] = [
  {
    key: 'state',
    title: t.state,
    cell: (row) => <StatusDot status={clusterStatus(row).status}>{clusterStatus(row).word}</StatusDot>,
  },
  { key: 'from', title: t.from, cell: (row) => <TimeText at={new Date(row.from).toISOString()} /> },
  {
    key: 'lasted',
    title: t.lasted,
    numeric: true,
    cell: (row) => (row.isOpen ? t.still : durationText(row.to - row.from)),
  },
  { key: 'why', title: t.why, wrap: true, cell: (row) => <span className="muted">{row.reason}</span> },
];

type Slot = ClusterHistory['probes'][number];

const slotColumns: Column<Slot>[] = [
  { key: 'at', title: t.at, cell: (row) => <TimeText at={row.at} /> },
  { key: 'probes', title: t.probes, numeric: true, cell: (row) => row.probes.toLocaleString() },
  { key: 'failed', title: t.failed, numeric: true, cell: (row) => row.failed.toLocaleString() },
  { key: 'mean', title: t.mean, numeric: true, cell: (row) => ms(row.latencyMs) },
  { key: 'max', title: t.max, numeric: true, cell: (row) => ms(row.maxLatencyMs) },
];

const ms = (value: number | undefined) => (value === undefined ? '' : Math.round(value).toLocaleString());

function Latency(props: { slug: string; probes: readonly Slot[]; span: { from: number; to: number } }) {
  const { slug, probes, span } = props;
  const all = probes.reduce((sum, slot) => sum + slot.probes, 0);
  const failed = probes.reduce((sum, slot) => sum + slot.failed, 0);
  return (
    <section className="panel stack tight" aria-label={t.latency}>
      <div className="spread">
        <h2>{t.latency}</h2>
        {all === 0 ? null : <span className="muted">{t.failedOf(failed, all)}</span>}
      </div>
      {probes.length === 0 ? (
        <p className="muted">{t.noProbes}</p>
      ) : (
        <>
          <TimePlot
            label={t.latencyLabel(slug)}
            unit={t.ms}
            span={span}
            slotMs={slotMs}
            points={probes.map((slot) => ({
              at: Date.parse(slot.at),
              value: slot.latencyMs,
              max: slot.maxLatencyMs,
              note: slot.failed === 0 ? undefined : t.failedProbes(slot.failed, slot.probes),
            }))}
          />
          <details>
            <summary>{t.asTable}</summary>
            <DataTable label={t.latency} columns={slotColumns} rows={probes.toReversed()} rowId={(row) => row.at} />
          </details>
        </>
      )}
    </section>
  );
}

const incidentColumns: Column<Standstill>[] = [
  {
    key: 'kind',
    title: t.kind,
    wrap: true,
    cell: ({ kinds }) => <span title={kinds.join(', ')}>{t.kindsMore(kinds[0] ?? '', kinds.length - 1)}</span>,
  },
  {
    key: 'what',
    title: t.what,
    cell: (row) => (
      <StatusDot status={row.endedAt === undefined ? 'degraded' : 'healthy'}>{t.words[row.state]}</StatusDot>
    ),
  },
  { key: 'from', title: t.from, cell: (row) => <TimeText at={row.beganAt} /> },
  {
    key: 'lasted',
    title: t.lasted,
    numeric: true,
    cell: (row) =>
      row.endedAt === undefined ? t.still : durationText(Date.parse(row.endedAt) - Date.parse(row.beganAt)),
  },
  { key: 'why', title: t.why, wrap: true, cell: (row) => <span className="muted">{row.error}</span> },
];

function Incidents({ incidents }: { incidents: ClusterHistory['incidents'] }) {
  return (
    <section className="panel stack tight" aria-label={t.incidents}>
      <h2>{t.incidents}</h2>
      {incidents.length === 0 ? (
        <p className="muted">{t.noIncidents}</p>
      ) : (
        <DataTable
          label={t.incidents}
          columns={incidentColumns}
          rows={standstillsOf(incidents)}
          rowId={(row) => `${row.kinds[0]} ${row.beganAt}`}
        />
      )}
    </section>
  );
}

/** What is refused or cut short, and the way out. */
function Remedies({ cluster }: { cluster: ClusterDetail }) {
  // Whoever comes from a list that lacks one of them is shown the way out at once.
  const isAsked = useLocation({ select: ({ hash }) => hash === 'refused' });
  const refused = cluster.streams.filter(({ state }) => state === 'forbidden').map(({ kind }) => kind);
  const capped = cluster.streams.filter(({ state }) => state === 'capped').map(({ kind }) => kind);
  return (
    <>
      {refused.length === 0 ? null : (
        <details className="panel" open={isAsked || undefined}>
          <summary>{t.grant(refused.length)}</summary>
          <div className="stack tight">
            <p>
              {t.grantHint} <strong>{refused.join(', ')}</strong>
            </p>
            <CodeBlock code={grantManifest(refused)} />
          </div>
        </details>
      )}
      {capped.length === 0 ? null : (
        <section className="panel stack tight" aria-label={t.capped}>
          <h2>{t.capped}</h2>
          <p>{t.cappedHint(capped.join(', '))}</p>
        </section>
      )}
    </>
  );
}
