import { shellIdleMs } from '@quarterdeck/contracts/workloads';

/** Before a shell that nobody uses is closed, it says so. */
export const warnedMs = 2 * 60_000;

export type Idle = 'used' | 'warned' | 'over';

export function idleOf(lastUse: number, now: number): Idle {
  const unused = now - lastUse;
  if (unused >= shellIdleMs) return 'over';
  return unused >= shellIdleMs - warnedMs ? 'warned' : 'used';
}
