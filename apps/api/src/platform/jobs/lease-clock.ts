type Clock = () => number;

/**
 * Whether a lease that is asked for now still holds, by this process's own clocks: of what never goes back, which stands
 * still while a machine sleeps, and of the day. Called before the lease is renewed, so that it is never longer than the
 * database's.
 */
export function startLease(
  leaseSeconds: number,
  clocks: readonly Clock[] = [() => performance.now(), () => Date.now()],
): () => boolean {
  const started = clocks.map((clock) => clock());
  return () => clocks.every((clock, index) => clock() - (started[index] ?? 0) < leaseSeconds * 1000);
}
