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

/** Names in a line: the first few, and how many more there are. */
export function fewOf(names: readonly string[], most = 4): string {
  const rest = names.length - most;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${rest.toLocaleString()} more`;
}

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
