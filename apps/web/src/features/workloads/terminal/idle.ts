/** A shell that nobody uses is closed after so long, and says so before. */
export const idleMs = 15 * 60_000;
export const warnedMs = 2 * 60_000;

export type Idle = 'used' | 'warned' | 'over';

export function idleOf(lastUse: number, now: number): Idle {
  const unused = now - lastUse;
  if (unused >= idleMs) return 'over';
  return unused >= idleMs - warnedMs ? 'warned' : 'used';
}
