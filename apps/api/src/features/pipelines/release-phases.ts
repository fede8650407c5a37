import type { NoticeEvent } from '@quarterdeck/contracts';
import type { CommitState, DeploymentState } from './gitlab-client.ts';

/** What the state of a release, or that a wave of it asks, means to others; what is not here is nobody's business. */
export type Phase = {
  notice: NoticeEvent | undefined;
  commit: CommitState | undefined;
  deployment: DeploymentState | undefined;
};

const nothing: Phase = { notice: undefined, commit: undefined, deployment: undefined };

const phases: Readonly<Record<string, Phase>> = {
  asking: { ...nothing, notice: 'decision_needed' },
  awaiting_approval: { ...nothing, notice: 'approval_needed', commit: 'pending' },
  queued: { ...nothing, commit: 'pending' },
  rolling: { notice: 'started', commit: 'running', deployment: 'running' },
  paused: { ...nothing, notice: 'paused' },
  succeeded: { notice: 'succeeded', commit: 'success', deployment: 'success' },
  partial: { notice: 'failed', commit: 'failed', deployment: 'failed' },
  failed: { notice: 'failed', commit: 'failed', deployment: 'failed' },
  refused: { notice: 'failed', commit: 'failed', deployment: 'failed' },
  aborted: { notice: 'aborted', commit: 'canceled', deployment: 'canceled' },
  superseded: { ...nothing, commit: 'canceled', deployment: 'canceled' },
};

/** @param change a state, or `asking.2`: its second wave asks */
export function phaseOf(change: string): Phase {
  return phases[change.split('.')[0] ?? ''] ?? nothing;
}

/** What tells a notice from others of the same release: each wave that asks is told of once. */
export function noticePhase(change: string, notice: NoticeEvent): string {
  const [, wave] = change.split('.');
  return wave === undefined ? notice : `${notice} ${wave}`;
}
