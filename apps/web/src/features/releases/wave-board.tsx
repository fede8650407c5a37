import type { ReleaseDetail } from '@quarterdeck/contracts';
import { durationText, StatusDot, useNow } from '@quarterdeck/ui';
import type { LogAddress } from '../../platform/follow-log.ts';
import { foldWaits } from './fold-waits.ts';
import { t } from './releases.messages.ts';
import { TargetCard } from './target-card.tsx';
import { Voting } from './voting.tsx';
import { waveStatus } from './wave-status.ts';

type Wave = ReleaseDetail['waves'][number];

/** A row of targets per wave, with what each wave may lose, and what it waits for. */
export function WaveBoard({ release, onLogs }: { release: ReleaseDetail; onLogs: (logs: LogAddress) => void }) {
  // Releases of before there were waves, and removals, are one wave that nobody named.
  const isPlain = release.waves.length <= 1 && release.waits.every(({ wave }) => wave === undefined);
  if (isPlain)
    return (
      <div className="wave">
        {release.targets.map((target) => (
          <TargetCard key={target.id} release={release} target={target} onLogs={onLogs} />
        ))}
      </div>
    );
  return release.waves.map((wave) => (
    <section key={wave.index} className="stack wave-row" aria-label={t.wave(wave.index + 1, wave.name)}>
      <WaveHead release={release} wave={wave} />
      <div className="wave">
        {release.targets
          .filter((target) => target.wave === wave.index)
          .map((target) => (
            <TargetCard key={target.id} release={release} target={target} onLogs={onLogs} />
          ))}
      </div>
    </section>
  ));
}

function WaveHead({ release, wave }: { release: ReleaseDetail; wave: Wave }) {
  const targets = release.targets.filter((target) => target.wave === wave.index);
  const healthy = targets.filter(({ state }) => state === 'healthy').length;
  const waits = release.waits.filter((wait) => wait.wave === wave.index && wait.for !== 'soak');
  const isBroken = wave.failedCount > wave.budget;
  const { status, word } = waveStatus(release, wave);
  return (
    <div className="panel spread wrap wave-head">
      <div className="row wrap">
        <h2>{t.wave(wave.index + 1, wave.name)}</h2>
        <StatusDot status={status}>{word}</StatusDot>
        {foldWaits(waits).map(({ key, wait, clusters }) => (
          <span key={key} className="badge warn">
            {t.waits(wait, clusters)}
          </span>
        ))}
        {wave.state === 'soaking' && wave.soakUntil !== undefined ? (
          <Countdown until={wave.soakUntil} of={wave.soakSeconds} />
        ) : null}
      </div>
      <div className="row wrap muted">
        <span className={isBroken ? 'reason' : undefined}>{t.waveFacts(wave, healthy)}</span>
        {wave.approval === undefined ? null : (
          <Voting
            release={release}
            wave={wave.index}
            approvals={wave.approvals}
            needed={wave.approval.count}
            isOpen={waits.some((wait) => wait.for === 'approval')}
          />
        )}
      </div>
    </div>
  );
}

function Countdown({ until, of }: { until: string; of: number }) {
  const left = Math.max(0, Date.parse(until) - useNow());
  return <span className="badge">{t.soakLeft(durationText(left), of)}</span>;
}
