/** Where `g` and a letter lead. */
export type Chords = Readonly<Record<string, string>>;

/**
 * One key of a chord.
 * @param waiting `g` came just before
 * @returns where to go, and whether the next key belongs to a chord
 */
export function chordOf(key: string, waiting: boolean, targets: Chords): { to: string | undefined; waits: boolean } {
  if (waiting) return { to: Object.hasOwn(targets, key) ? targets[key] : undefined, waits: false };
  return { to: undefined, waits: key === 'g' };
}
