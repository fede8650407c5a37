import type { Cluster, ClusterAnswer } from '@quarterdeck/contracts';

/**
 * Answers with ages as they are now: an open watch is as old as the last good probe of its cluster, which the fleet index
 * follows, while an answer keeps the age it was given with.
 */
export function answersNow(
  answers: readonly ClusterAnswer[] | undefined,
  fleet: readonly Cluster[] | undefined,
): ClusterAnswer[] | undefined {
  const ages = new Map(fleet?.map(({ id, asOf }) => [id, asOf]));
  return answers?.map((answer) => {
    const asOf = ages.get(answer.id);
    // The index knows the oldest of all kinds: this one is never older.
    const isNewer = asOf !== undefined && (answer.asOf === undefined || asOf > answer.asOf);
    return answer.state === 'live' && isNewer ? { ...answer, asOf } : answer;
  });
}
