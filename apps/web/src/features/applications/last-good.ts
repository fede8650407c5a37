import type { Release } from '@quarterdeck/contracts';

/** Kinds of releases that go to every target; others put out something on some of them. */
const isWhole: ReadonlySet<Release['kind']> = new Set(['deploy', 'rollback']);

/**
 * What a roll-back goes to: the newest release that went well before the one whose bytes run now, of those that reach
 * anything still; what went to a cluster that stood down alone leads nowhere.
 * @param current number of the newest release on any target
 */
export function lastGoodOf(releases: readonly Release[], current: number | undefined): Release | undefined {
  const byNumber = new Map(releases.map((release) => [release.number, release]));
  /** A rollback may have gone to the failed targets alone: what counts is the release whose bytes it put back. */
  const origin = (release: Release): Release => {
    const before = byNumber.get(release.rollbackOf?.number ?? 0);
    return before === undefined ? release : origin(before);
  };
  const running = byNumber.get(current ?? 0);
  const runs = running === undefined ? (current ?? 0) : origin(running).number;
  return releases
    .filter(({ kind, state, healthyCount }) => isWhole.has(kind) && wentWell.has(state) && healthyCount > 0)
    .map(origin)
    .filter(({ number, standingCount }) => number < runs && standingCount > 0)
    .toSorted((a, b) => b.number - a.number)[0];
}

const wentWell: ReadonlySet<Release['state']> = new Set(['succeeded', 'superseded']);
