import type { NoticeEvent } from '@quarterdeck/contracts';
import type { CommitState, DeploymentState } from './gitlab-client.ts';

/** What the state of a release means to others; a state that is not here is nobody's business. */
export type Phase = {
  notice: NoticeEvent | undefined;
  commit: CommitState | undefined;
  deployment: DeploymentState | undefined;
};

const nothing: Phase = { notice: undefined, commit: undefined, deployment: undefined };

const phases: Readonly<Record<string, Phase>> = {
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

export function phaseOf(releaseState: string): Phase {
  return phases[releaseState] ?? nothing;
}
