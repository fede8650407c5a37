import type { ReleaseDetail } from '@quarterdeck/contracts';
import type { Status } from '@quarterdeck/ui';
import { asksOnly, hasEnded, releaseStatus, runStatus } from '../../platform/release-status.ts';
import { t } from './releases.messages.ts';

type Wave = ReleaseDetail['waves'][number];

const states: Record<Wave['state'], Status> = {
  pending: 'waiting',
  running: 'updating',
  soaking: 'updating',
  done: 'healthy',
};

/** How a wave is: of a release that has ended nothing is under way any more, and of one that is paused nothing goes on. */
export function waveStatus(release: ReleaseDetail, wave: Wave): { status: Status; word: string } {
  if (wave.failedCount > wave.budget) return { status: 'failed', word: t.overBudget };
  const word = t.waveStates[wave.state];
  if (wave.state === 'done') return { status: wave.failedCount > 0 ? 'degraded' : 'healthy', word };
  if (hasEnded(release)) return { status: 'unknown', word: wave.state === 'pending' ? t.notBegun : t.wasStopped };
  if (asksOnly(release.targets.filter((target) => target.wave === wave.index))) return runStatus('blocked', release);
  if (release.state === 'paused' && wave.state === 'running') return releaseStatus(release);
  return { status: states[wave.state], word };
}
