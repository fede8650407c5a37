import { EmptyState, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { useApplicationsAttention } from '../features/applications/index.ts';
import { clustersAttention } from '../features/clusters/index.ts';
import { useTokensAttention } from '../features/identity/index.ts';
import { useMyDecisions } from '../features/releases/index.ts';
import { useWorkloadsAttention } from '../features/workloads/index.ts';
import { problemOf } from '../platform/api.ts';
import { byUrgency } from '../platform/attention.ts';
import { useResolvedScope } from '../platform/cluster-sets.ts';
import { Completeness } from '../platform/completeness.tsx';
import { filterOf, useScopePlaces } from '../platform/environments.ts';
import { useFleet } from '../platform/fleet.tsx';
import { useIsStranger } from '../platform/me.tsx';
import { useScope } from '../platform/scope.ts';
import { AttentionList } from './attention-list.tsx';
import { FleetStrip, useSummary } from './fleet-strip.tsx';
import { t } from './home.messages.ts';
import { HomeDecisions } from './home-decisions.tsx';
import { HomeReleases } from './home-releases.tsx';
import { Places } from './places.tsx';
import { WelcomePanel } from './welcome-panel.tsx';

/** What needs somebody, worst on top, one row per cause; beside it what runs now. */
export function HomePage() {
  const stranger = useIsStranger();
  const fleet = useFleet();
  const { narrowed } = useScope();
  const scope = useResolvedScope();
  const places = useScopePlaces();
  const where = places === undefined ? undefined : filterOf(places);
  const workloads = useWorkloadsAttention(where);
  const applications = useApplicationsAttention(scope, true);
  const tokens = useTokensAttention();
  const decisions = useMyDecisions(scope);
  const summary = useSummary(where?.clusters, places !== undefined && places.clusters?.length !== 0);
  if (stranger) {
    return (
      <EmptyState
        page
        title={t.nothingGranted}
        action={
          <button type="button" className="button" onClick={() => location.reload()}>
            {t.loadAgain}
          </button>
        }
      >
        {t.nothingGrantedHint}
      </EmptyState>
    );
  }
  if (fleet?.length === 0) {
    return (
      <>
        <WelcomePanel />
        <EmptyState
          page
          title={t.noCluster}
          action={
            <Link to="/clusters/register" className="button primary">
              {t.registerFirst}
            </Link>
          }
        >
          {t.noClusterHint}
        </EmptyState>
      </>
    );
  }
  const needs = [
    ...clustersAttention(fleet ?? [], scope),
    ...applications.items,
    ...workloads.items,
    ...tokens,
  ].toSorted(byUrgency);
  const failing = workloads.query.data;
  const answers = failing?.clusters ?? [];
  const checked = answers.filter((answer) => answer.state === 'live').length;
  const pending = fleet === undefined || workloads.query.isPending || applications.query.isPending;
  return (
    <>
      <h1 className="visually-hidden">{t.home}</h1>
      <WelcomePanel />
      <FleetStrip fleet={fleet} summary={summary} scope={scope} />
      <Completeness clusters={answers.length === checked ? undefined : answers} />
      <HomeDecisions releases={decisions} />
      <div className="home">
        <section className="panel stack">
          <div className="spread">
            <h2>
              {t.attention}
              {needs.length === 0 ? null : <span className="count">{needs.length}</span>}
            </h2>
            {narrowed ? <span className="muted">{t.scoped}</span> : null}
          </div>
          {[workloads.query, applications.query].map((query, index) =>
            query.isError ? (
              <ProblemAlert key={String(index)} problem={problemOf(query.error)} onRetry={() => void query.refetch()} />
            ) : null,
          )}
          {pending && needs.length === 0 ? <Skeleton rows={6} /> : null}
          {!pending && needs.length === 0 && !workloads.query.isError ? (
            <p>
              <StatusDot status="healthy">
                {checked === answers.length ? t.calm(answers.length) : t.calmPartly(checked, answers.length)}
              </StatusDot>
            </p>
          ) : null}
          <AttentionList needs={needs} />
          {failing === undefined || failing.nextCursor === undefined ? null : (
            <p className="muted">{t.ofFirst(failing.items.length, failing.total)}</p>
          )}
        </section>
        <div className="stack">
          <HomeReleases scope={scope} />
          <Places />
        </div>
      </div>
    </>
  );
}
