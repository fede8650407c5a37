import type { ReleaseDetail } from '@quarterdeck/contracts';
import { calmSeconds } from '@quarterdeck/contracts/release-schemas';
import { AgeText, durationText, PodMatrix, type Status, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { DebtTryNote } from '../../platform/debt-try.tsx';
import type { LogAddress, LogSource, WorkloadLogAddress } from '../../platform/follow-log.ts';
import { objectPath, workloadPath } from '../../platform/object-path.ts';
import { runStatus } from '../../platform/release-status.ts';
import { FindingNotes } from './finding-notes.tsx';
import { isDue } from './is-due.ts';
import { LeftOnTarget } from './left-objects.tsx';
import { t } from './releases.messages.ts';
import { TargetActions } from './target-actions.tsx';
import { TargetQuestions } from './target-questions.tsx';

type Target = ReleaseDetail['targets'][number];
type RunObject = Target['objects'][number];

const objectStates: Record<RunObject['state'], Status> = {
  waiting: 'waiting',
  applied: 'updating',
  in_progress: 'updating',
  current: 'healthy',
  deleted: 'healthy',
  failed: 'failed',
};

/** Kinds that make pods, by what a release has first of all. */
const makers = [
  ['Deployment', 'deployments'],
  ['StatefulSet', 'statefulsets'],
  ['DaemonSet', 'daemonsets'],
  ['CronJob', 'cronjobs'],
  ['Job', 'jobs'],
] as const;

/** One cluster of a release: its pods, why it fails, what was put there. */
export function TargetCard(props: { release: ReleaseDetail; target: Target; onLogs: (logs: LogAddress) => void }) {
  const { release, target, onLogs } = props;
  const { status, word } = runStatus(target.state, release);
  const logsOf = (pod: string): LogSource => ({ clusterId: target.clusterId, namespace: target.namespace, pod });
  const workload = workloadOf(target);
  const pod = target.pods.find((candidate) => candidate.current) ?? target.pods[0];
  const done = target.objects.filter(({ state }) => state === 'current' || state === 'deleted').length;
  return (
    <section className={`panel stack target ${status}`} aria-label={t.target(target.cluster)}>
      <div className="spread">
        <h2>{target.cluster}</h2>
        <StatusDot status={status}>{word}</StatusDot>
      </div>
      <p className="row wrap muted">
        <span>
          {target.namespace} · {podsOf(release, target)}
        </span>
        {target.attempt > 1 ? <span>{t.attempt(target.attempt)}</span> : null}
        {target.startedAt === undefined || isDue(target) ? null : target.endedAt === undefined ? (
          <span>
            {t.started} <AgeText at={target.startedAt} />
          </span>
        ) : (
          <span>{durationText(Date.parse(target.endedAt) - Date.parse(target.startedAt))}</span>
        )}
        {target.debt === undefined ? null : (
          <span>
            {t.owedSince} <AgeText at={target.debt.since} />
          </span>
        )}
        {target.reachable ? null : (
          <span>
            <StatusDot status="stale">{t.cutOff}</StatusDot> <AgeText at={target.asOf} />
          </span>
        )}
      </p>
      {target.debt?.lastTry === undefined ? null : <DebtTryNote tried={target.debt.lastTry} />}
      <Verdict target={target} />
      <Found target={target} />
      {isSettling(target) ? <p className="muted">{t.settles(calmSeconds(release.kind))}</p> : null}
      {release.state === 'paused' && target.state === 'pending' && target.attempt > 1 ? (
        <p className="muted">{t.triedOnResume}</p>
      ) : null}
      <TargetQuestions release={release} target={target} />
      <PodMatrix
        pods={target.pods.map((candidate) => ({
          key: candidate.name,
          status: target.reachable ? candidate.health : 'stale',
          label: t.showLogs(candidate.name, candidate.statusText),
          old: !candidate.current,
        }))}
        onOpen={(name) => onLogs(logsOf(name))}
      />
      <details open={target.objects.some(({ state }) => state === 'failed') || undefined}>
        <summary>{t.objects(done, target.objects.length)}</summary>
        <ul className="plain-list object-rows">
          {target.objects.map((object) => (
            <li key={`${object.kind} ${object.name}`}>
              <StatusDot status={objectStates[object.state]}>
                {object.kind} {object.name}
              </StatusDot>
              <span className="muted">{object.detail ?? object.state.replace('_', ' ')}</span>
            </li>
          ))}
        </ul>
      </details>
      <LeftOnTarget target={target} />
      <div className="row wrap foot">
        {pod === undefined ? null : (
          <button type="button" className="button small" onClick={() => onLogs(workload ?? logsOf(pod.name))}>
            {t.logs}
          </button>
        )}
        <Workload target={target} />
        <TargetActions release={release} target={target} />
      </div>
    </section>
  );
}

function Verdict({ target: { verdict, state, findings } }: { target: Target }) {
  if (verdict === undefined) return null;
  // Of what was found before it was written the verdict has the first in words, and the notes below have all.
  const evidence = verdict.evidence.filter((line) => !findings.some(({ detail }) => line.endsWith(detail)));
  return (
    <div className={state === 'failed' ? 'notice failed' : 'notice degraded'}>
      <div className="breakable">
        <strong>{verdict.summary}</strong>
        {evidence.map((line) => (
          <p key={line}>
            <code>{line}</code>
          </p>
        ))}
        {verdict.nextStep === undefined ? null : (
          <p className="muted">
            {t.next}: {verdict.nextStep}
          </p>
        )}
      </div>
    </div>
  );
}

/** What the look before its first write found, but for what its verdict says already. */
function Found({ target: { findings, verdict, state } }: { target: Target }) {
  const found = findings.filter(({ code, detail }) => code !== verdict?.code || detail !== verdict.summary);
  if (found.length === 0) return null;
  return (
    <details open={state !== 'healthy' || undefined}>
      <summary>{t.foundFirst([...new Set(found.map(({ code }) => code))])}</summary>
      <div className="stack">
        <FindingNotes findings={found.map((finding) => ({ finding }))} />
      </div>
    </details>
  );
}

/** It is all there and ready: what it waits for now is time. */
function isSettling({ state, objects, ready = 0, desired = 0 }: Target): boolean {
  return (
    state === 'gating' && desired > 0 && ready === desired && objects.every((object) => object.state === 'current')
  );
}

/** How many of this release's pods are ready; where it has none, whose are there. */
function podsOf(release: ReleaseDetail, { ready = 0, desired = 0, pods }: Target): string {
  if (desired > 0) return t.ready(ready, desired);
  return pods.length > 0 ? t.otherPods(pods.length, release.newestNumber > release.number) : t.noPods;
}

/** What of the release makes pods there. */
function workloadOf({ objects, clusterId, namespace }: Target): WorkloadLogAddress | undefined {
  for (const [kind, plural] of makers) {
    const object = objects.find((candidate) => candidate.kind === kind);
    if (object !== undefined) return { clusterId, namespace, plural, name: object.name };
  }
  return undefined;
}

/** The way to what the release put there; a single object where it made no workload. */
function Workload({ target }: { target: Target }) {
  const deployment = target.objects.find(({ kind }) => kind === 'Deployment');
  const service = target.objects.find(({ kind }) => kind === 'Service');
  const place = { namespace: target.namespace };
  const to =
    deployment !== undefined
      ? workloadPath({ ...place, plural: 'deployments', name: deployment.name })
      : service !== undefined
        ? objectPath({ ...place, cluster: target.cluster, plural: 'services', name: service.name })
        : undefined;
  return to === undefined ? null : (
    <Link to={to} className="button small">
      {t.workload}
    </Link>
  );
}
