/** Where an event stands among those like it: only a later one is deployed by automation. */
export type ReleaseOrder = { scheme: 'iid' | 'time' | 'semver'; value: string };

/** Below zero when `a` comes before `b`. */
export function compareOrder(scheme: string, a: string, b: string): number {
  return scheme === 'semver' ? compareSemver(a, b) : compareNumbers(a, b);
}

/** Whole numbers of any length. */
function compareNumbers(a: string, b: string): number {
  const [one, other] = [BigInt(a), BigInt(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** As semver.org says in its section 11; what stands behind `+` counts for nothing. */
function compareSemver(a: string, b: string): number {
  const [one, other] = [a, b].map(parts) as [Parts, Parts];
  for (let index = 0; index < 3; index += 1) {
    const difference = compareNumbers(one.core[index] ?? '0', other.core[index] ?? '0');
    if (difference !== 0) return difference;
  }
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length;
  for (let index = 0; index < Math.max(one.pre.length, other.pre.length); index += 1) {
    const difference = comparePrerelease(one.pre[index], other.pre[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

type Parts = { core: string[]; pre: string[] };

function parts(version: string): Parts {
  const [core = '', ...pre] = (version.replace(/^v/, '').split('+')[0] ?? '').split('-');
  return { core: core.split('.'), pre: pre.length === 0 ? [] : pre.join('-').split('.') };
}

function comparePrerelease(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return compareNumbers(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
