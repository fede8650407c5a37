import type { Status } from '@quarterdeck/ui';

const states: Record<string, { status: Status; word: string }> = {
  not_deployed: { status: 'waiting', word: 'Not deployed' },
  updating: { status: 'updating', word: 'Updating' },
  healthy: { status: 'healthy', word: 'Healthy' },
  failed: { status: 'failed', word: 'Failed' },
  unknown: { status: 'unknown', word: 'Unknown' },
};

/** Of a newer release that has not begun at a target. */
export const aheadStatus = {
  waiting: 'waiting',
  needs_decision: 'degraded',
  failed: 'failed',
} as const satisfies Record<string, Status>;

/** Health of what runs at a target, as status and word. */
export function targetStatus(health: string): { status: Status; word: string } {
  return states[health] ?? { status: 'unknown', word: health };
}
