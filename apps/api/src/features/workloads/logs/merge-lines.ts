import type { LogNote } from './container-log.ts';
import type { StampedLine } from './log-line.ts';

/** A line with the number of the source it is of, or a word in between the lines of that source. */
export type SourceEntry = StampedLine & { source: number; note?: LogNote };

type Held = SourceEntry & {
  /** What it is ordered by: its stamp, and never before the entry of its source that came before it. */
  key: string;
  order: number;
  arrivedAt: number;
};

/** How long lines wait for others, and how much of them is held in memory for one follower. */
export type MergeBounds = { windowMs: number; lines: number; characters: number };

export const defaultBounds: MergeBounds = { windowMs: 300, lines: 10_000, characters: 2_000_000 };

/**
 * Lines of many sources as one: each is held for a window after it arrived, so that those of a slower source take
 * their place before it. What comes later than that comes after, and the order within a source is kept in any case.
 */
export interface LogMerge {
  add(source: number, entries: readonly (StampedLine & { note?: LogNote })[], nowMs: number): void;
  /** Those whose time has come, in order; when it is full, all. */
  take(nowMs: number): SourceEntry[];
  /** When there will be something to take; `undefined` while nothing is held. */
  dueAt(): number | undefined;
  readonly isFull: boolean;
  /** Makes room by leaving out the oldest lines. Gives how many. */
  drop(): number;
}

export function createLogMerge({
  windowMs,
  lines: mostLines,
  characters: most,
}: MergeBounds = defaultBounds): LogMerge {
  let held: Held[] = [];
  let characters = 0;
  let order = 0;
  const lastKey = new Map<number, string>();

  const isFull = () => held.length >= mostLines || characters >= most;

  function remove(taken: readonly Held[]): void {
    const gone = new Set(taken);
    held = held.filter((entry) => !gone.has(entry));
    characters -= taken.reduce((sum, { text }) => sum + text.length, 0);
  }

  return {
    add(source, entries, arrivedAt) {
      for (const entry of entries) {
        const before = lastKey.get(source) ?? '';
        let key = entry.stamp;
        if (key < before) key = before;
        lastKey.set(source, key);
        order += 1;
        characters += entry.text.length;
        held.push({ ...entry, source, key, order, arrivedAt });
      }
    },
    take(nowMs) {
      const full = isFull();
      const due = held.filter(({ arrivedAt }) => full || arrivedAt + windowMs <= nowMs);
      if (due.length === 0) return [];
      const last = due.toSorted(inOrder).at(-1)?.key ?? '';
      // Whatever belongs before one of them goes along, however late it came.
      const taken = held.filter(({ key }) => key <= last).toSorted(inOrder);
      remove(taken);
      return taken.map(({ key: _, order: __, arrivedAt: ___, ...entry }) => entry);
    },
    dueAt: () => (held[0] === undefined ? undefined : held[0].arrivedAt + windowMs),
    get isFull() {
      return isFull();
    },
    drop() {
      const lines = held.filter(({ note }) => note === undefined).toSorted(inOrder);
      const oldest = lines.slice(0, Math.ceil(lines.length / 4));
      remove(oldest);
      return oldest.length;
    },
  };
}

function inOrder(a: Held, b: Held): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.order - b.order;
}

/**
 * What was written before, of all sources by time; at most so many lines and characters, the newest. Within a source
 * nothing changes its order.
 */
export function mergeHistory(
  histories: readonly { source: number; lines: readonly StampedLine[] }[],
  most: { lines: number; characters: number },
): { lines: SourceEntry[]; cut: boolean } {
  const unbounded = { lines: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY };
  const merge = createLogMerge({ windowMs: 0, ...unbounded });
  for (const { source, lines } of histories) merge.add(source, lines, 0);
  const all = merge.take(0);
  let characters = 0;
  let first = all.length;
  while (first > 0 && all.length - first < most.lines) {
    characters += all[first - 1]?.text.length ?? 0;
    if (characters > most.characters) break;
    first -= 1;
  }
  return { lines: all.slice(first), cut: first > 0 };
}
