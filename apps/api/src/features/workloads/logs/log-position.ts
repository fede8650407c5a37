/**
 * How far a log was read, so that it can be opened again. `sinceTime` has whole seconds, so what is opened begins with
 * lines that were read before: those up to the last stamp are passed over, and of those with that very stamp as many as
 * had come.
 */
export interface LogPosition {
  /** What to open again with; `undefined` when nothing was read yet. */
  sinceTime(): string | undefined;
  /** It was opened again: lines that are known may come once more. */
  reopened(): void;
  /** Whether a line is a new one, which is then the last that was read. */
  accept(stamp: string): boolean;
  /** How many of the log's last lines tell whether there is more than was read. */
  readonly lookBack: number;
  /** Whether these, the log's last lines, are more than was read. */
  isBehind(stamps: readonly string[]): boolean;
}

export function createLogPosition(): LogPosition {
  let last = '';
  /** How many lines with the last stamp have come. */
  let equal = 0;
  /** While known lines come again: how many with the last stamp are still to be passed over. */
  let toSkip: number | undefined;
  /** A line without a stamp belongs to the one before it. */
  let before = { stamp: '', isNew: true };

  function judge(stamp: string): boolean {
    if (toSkip !== undefined && stamp <= last) {
      if (stamp < last) return false;
      if (toSkip > 0) {
        toSkip -= 1;
        return false;
      }
    }
    toSkip = undefined;
    // A clock that was set back does not take the position back.
    if (stamp > last) [last, equal] = [stamp, 1];
    else if (stamp === last) equal += 1;
    return true;
  }

  return {
    sinceTime: () => (last === '' ? undefined : `${last.slice(0, 19)}Z`),
    reopened() {
      if (last !== '') toSkip = equal;
    },
    accept(stamp) {
      if (stamp === '') return before.isNew;
      before = { stamp, isNew: judge(stamp) };
      return before.isNew;
    },
    get lookBack() {
      return equal + 1;
    },
    isBehind: (stamps) =>
      stamps.some((stamp) => stamp > last) || stamps.filter((stamp) => stamp !== '' && stamp === last).length > equal,
  };
}
