import type { ReleaseDetail } from '@quarterdeck/contracts';
import { AgeText, CopyButton, durationText, PageHeader, Skeleton, StatusDot, Tabs } from '@quarterdeck/ui';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { AuditLink } from '../../platform/audit-link.tsx';
import type { LogAddress, WorkloadLogAddress } from '../../platform/follow-log.ts';
import { ImageName } from '../../platform/image-name.tsx';
import { useLiveRows } from '../../platform/live.ts';
import { PodLogs } from '../../platform/pod-logs.tsx';
import { releaseStatus } from '../../platform/release-status.ts';
import { WorkloadLogs } from '../../platform/workload-logs.tsx';
import { applicationCrumbs } from './application-crumbs.tsx';
import { foldWaits } from './fold-waits.ts';
import { LeftNotice } from './left-objects.tsx';
import { PausedNotice } from './paused-release.tsx';
import { ReleaseActions } from './release-actions.tsx';
import { ReleaseBytes } from './release-bytes.tsx';
import { ReleaseChanges } from './release-changes.tsx';
import { ReleaseTimeline } from './release-timeline.tsx';
import { ReleaseNotices } from './release-waits.tsx';
import { t } from './releases.messages.ts';
import { UnwellNeeds } from './unwell-needs.tsx';
import { WaveBoard } from './wave-board.tsx';

/** A release as it goes: per cluster and pod, with the reason where it fails. */
export function LiveRelease({ id }: { id: string }) {
  const navigate = useNavigate();
  const { tab = 'board' } = useSearch({ strict: false }) as { tab?: string };
  const { rows, refusal } = useLiveRows<ReleaseDetail>('releases.release', { id });
  const [release] = rows ?? [];
  const [logs, setLogs] = useState<LogAddress | undefined>();
  if (release === undefined)
    return refusal === undefined ? <Skeleton rows={10} /> : <p className="notice stale">{refusal}</p>;
  const { status, word } = releaseStatus(release);
  // What the release as a whole waits for stands below, with what can be done about it.
  const standing = foldWaits(release.waits.filter((wait) => wait.wave !== undefined && wait.for !== 'soak'));
  return (
    <>
      <PageHeader
        crumbs={[...applicationCrumbs(release.project, release.application), release.environment]}
        title={`${release.application} ${release.environment} #${release.number}`}
        status={
          <>
            <StatusDot status={status}>{word}</StatusDot>
            {standing.map(({ key, wait, clusters }) => (
              <span key={key} className="badge warn">
                {t.waits(wait, clusters)}
              </span>
            ))}
            {release.rollbackOf !== undefined ? (
              <span className="badge">{t.rollbackTo(release.rollbackOf.number)}</span>
            ) : release.kind === 'deploy' ? null : (
              <span className="badge">{t.kinds[release.kind]}</span>
            )}
          </>
        }
        actions={
          <>
            <AuditLink target={release.id} />
            <ReleaseActions release={release} />
          </>
        }
      >
        {t.made(release.template, release.createdBy)}
        {release.waves.length > 1 ? ` · ${t.strategyOf(release.strategy)}` : null}
        {release.source === undefined ? null : <Source source={release.source} />}
        {release.note === undefined ? null : ` · “${release.note}”`}, <AgeText at={release.createdAt} />
        {release.endedAt === undefined
          ? null
          : ` · ${t.tookAll(durationText(Date.parse(release.endedAt) - Date.parse(release.createdAt)))}`}
      </PageHeader>
      {refusal === undefined ? null : (
        <p className="notice stale" role="status">
          {t.noLonger(refusal)}
        </p>
      )}
      {release.state === 'paused' ? <PausedNotice release={release} /> : null}
      <ReleaseNotices release={release} />
      <UnwellNeeds needs={release.unwellNeeds} />
      <LeftNotice release={release} />
      <div className="panel spread wrap release-head">
        <div className="row wrap">
          {Object.entries(release.images).map(([slot, image]) => (
            <ImageName key={slot} image={image} />
          ))}
          <span className="row muted">
            {t.digest} <code>{release.contentSha256.slice(0, 12)}</code>
            <CopyButton text={release.contentSha256} label={t.copy} />
          </span>
        </div>
        <Progress release={release} />
      </div>
      <Tabs
        label={t.parts}
        current={tab}
        tabs={[
          { key: 'board', title: t.board, count: release.targets.length },
          { key: 'changes', title: t.changes },
          { key: 'bytes', title: t.bytes },
        ]}
        onChange={(next) =>
          void navigate({
            to: '.',
            search: ((before: object) => ({ ...before, tab: next === 'board' ? undefined : next })) as never,
          })
        }
      />
      {tab === 'board' && release.startedAt !== undefined ? <ReleaseTimeline release={release} /> : null}
      {tab === 'board' ? <WaveBoard release={release} onLogs={setLogs} /> : null}
      {tab === 'changes' ? <ReleaseChanges release={release} /> : null}
      {tab === 'bytes' ? <ReleaseBytes id={release.id} /> : null}
      {logs === undefined ? null : (
        <section className="panel stack">
          {'pod' in logs ? <PodLogs {...logs} /> : <TargetLogs workload={logs} />}
          <div>
            <button type="button" className="button small" onClick={() => setLogs(undefined)}>
              {t.closeLogs}
            </button>
          </div>
        </section>
      )}
    </>
  );
}

/** The logs of what a release put on one target; pods are chosen for as long as they are shown. */
function TargetLogs({ workload }: { workload: WorkloadLogAddress }) {
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <>
      <h3>{t.logsOf(workload.name)}</h3>
      <WorkloadLogs workload={workload} chosen={chosen} onChoose={setChosen} />
    </>
  );
}

/** What it came from: a pipeline, a push. */
function Source({ source }: { source: NonNullable<ReleaseDetail['source']> }) {
  const { text, url } = source;
  return (
    <>
      {' · '}
      {url === undefined ? (
        text
      ) : (
        <a href={url} rel="noreferrer" target="_blank">
          {text}
        </a>
      )}
    </>
  );
}

/** How many of the targets are where they should be. */
function Progress({ release }: { release: ReleaseDetail }) {
  const all = Math.max(1, release.targetCount);
  return (
    <div className="progress-box">
      <span>{t.progress(release.healthyCount, release.targetCount)}</span>
      <div
        className="progress"
        role="progressbar"
        aria-label={t.targets}
        aria-valuemin={0}
        aria-valuemax={release.targetCount}
        aria-valuenow={release.healthyCount}
      >
        <i className="healthy" style={{ width: `${(release.healthyCount / all) * 100}%` }} />
        <i className="failed" style={{ width: `${(release.failedCount / all) * 100}%` }} />
        {release.state !== 'rolling' ? null : <i className="updating grow" />}
      </div>
    </div>
  );
}
