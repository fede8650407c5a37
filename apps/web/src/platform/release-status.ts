import type { Release } from '@quarterdeck/contracts';
import type { Status } from '@quarterdeck/ui';

const states: Record<Release['state'], { status: Status; word: string }> = {
  planning: { status: 'waiting', word: 'Planning' },
  awaiting_approval: { status: 'waiting', word: 'Needs approval' },
  queued: { status: 'waiting', word: 'Waiting' },
  rolling: { status: 'updating', word: 'Updating' },
  paused: { status: 'waiting', word: 'Paused' },
  succeeded: { status: 'healthy', word: 'Healthy' },
  partial: { status: 'degraded', word: 'Partly failed' },
  failed: { status: 'failed', word: 'Failed' },
  aborted: { status: 'unknown', word: 'Aborted' },
  superseded: { status: 'unknown', word: 'Superseded' },
  refused: { status: 'failed', word: 'Refused' },
};

/** On its way, and nothing of it is being worked on. */
const standing: Record<NonNullable<Release['waitsFor']>, { status: Status; word: string }> = {
  decision: { status: 'degraded', word: 'Needs a decision' },
  cluster: { status: 'waiting', word: 'Waits for a cluster' },
};

const runs: Record<string, { status: Status; word: string }> = {
  pending: { status: 'waiting', word: 'Waiting' },
  applying: { status: 'updating', word: 'Updating' },
  gating: { status: 'updating', word: 'Updating' },
  pruning: { status: 'updating', word: 'Removing' },
  blocked: { status: 'degraded', word: 'Needs a decision' },
  deferred: { status: 'waiting', word: 'Skipped, owed' },
  healthy: { status: 'healthy', word: 'Healthy' },
  failed: { status: 'failed', word: 'Failed' },
  cancelled: { status: 'unknown', word: 'Cancelled' },
};

export function releaseStatus(release: Pick<Release, 'state' | 'kind' | 'waitsFor'> & { failedCount?: number }): {
  status: Status;
  word: string;
} {
  const status = states[release.state];
  if (release.state === 'rolling' && release.waitsFor !== undefined) return standing[release.waitsFor];
  // None failed: what is missing was left out, and is owed.
  if (release.state === 'partial' && release.failedCount === 0) return { ...status, word: 'Partly owed' };
  return release.kind === 'remove' && release.state === 'succeeded' ? { ...status, word: 'Removed' } : status;
}

/** Nothing of it will change by itself any more. */
export function hasEnded(release: Pick<Release, 'state'>): boolean {
  return !['planning', 'awaiting_approval', 'queued', 'rolling', 'paused'].includes(release.state);
}

/** How a target is; while its release is paused, what is under way stands still. */
export function runStatus(state: string, release: Pick<Release, 'state'>): { status: Status; word: string } {
  const run = runs[state] ?? { status: 'unknown', word: state };
  return release.state === 'paused' && run.status === 'updating' ? states.paused : run;
}

/** Somebody must decide at a target, and nothing else of these is on its way meanwhile. */
export function asksOnly(targets: readonly { state: string }[]): boolean {
  const isAny = (...states: string[]) => targets.some(({ state }) => states.includes(state));
  return isAny('blocked') && !isAny('applying', 'gating', 'pruning');
}

export function releasePath(release: Pick<Release, 'project' | 'application' | 'environment' | 'number'>): string {
  return `/applications/${release.project}/${release.application}/${release.environment}/releases/${release.number}`;
}
