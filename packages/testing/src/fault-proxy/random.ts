/** Chance that a seed repeats: the same calls get the same answers. */
export type Random = {
  /** 0 up to 1. */
  (): number;
  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number;
  /** One of the values. */
  pick<T>(values: readonly [T, ...T[]]): T;
};

/** Small and good enough for histories; not for secrets. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 2_654_435_761);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (end: number) => Math.floor(next() * end);
  return Object.assign(next, {
    below,
    pick: <T>(values: readonly [T, ...T[]]) => values[below(values.length)] as T,
  });
}
