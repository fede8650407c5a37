/** How it went with one of many; `waiting` until its turn. */
export type Outcome = { state: 'waiting' | 'ok' | 'failed' | 'skipped'; why?: string };

/** Browsers keep six connections to one server: the page goes on reading beside it. */
const atOnce = 4;

/**
 * Does something to each, a few at a time, and tells after each; one that fails takes no other along.
 * @param signal aborted: what is under way ends, the rest is not begun
 */
export async function runBulk<T>(options: {
  items: readonly T[];
  keyOf: (item: T) => string;
  act: (item: T) => Promise<void>;
  whyOf: (error: unknown) => string;
  onOutcome: (key: string, outcome: Outcome) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { items, keyOf, act, whyOf, onOutcome, signal } = options;
  const waiting = [...items];
  async function work(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      if (signal.aborted) {
        onOutcome(keyOf(item), { state: 'skipped' });
        continue;
      }
      try {
        await act(item);
        onOutcome(keyOf(item), { state: 'ok' });
      } catch (error) {
        onOutcome(keyOf(item), { state: 'failed', why: whyOf(error) });
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
}
