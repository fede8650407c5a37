/** Something that needs somebody: one row per cause. */
export type Attention = {
  key: string;
  severity: 'failed' | 'degraded' | 'stale';
  subject: string;
  /** Kind and place: `Deployment in shop · bj-1, nb-1`. */
  where: string;
  /** In words: what is wrong. */
  cause: string;
  /** ISO time. */
  since: string | undefined;
  /** Where it is seen or mended. */
  to: string;
  /** Of an application or cluster that is ours to run: before what merely runs in a cluster. */
  own?: boolean;
};

const ranks: Record<Attention['severity'], number> = { failed: 0, stale: 1, degraded: 2 };

/** Worst first; of the same weight our own first, then what began last, since that is what just broke. */
export function byUrgency(a: Attention, b: Attention): number {
  return (
    ranks[a.severity] - ranks[b.severity] ||
    Number(b.own === true) - Number(a.own === true) ||
    (b.since ?? '').localeCompare(a.since ?? '') ||
    a.subject.localeCompare(b.subject)
  );
}
