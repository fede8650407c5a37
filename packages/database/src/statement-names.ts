const mostWaiting = 2000;
/** Statements asked less often cost more to keep than to parse. */
const askedBefore = 3;

/** Names of the statements that are worth preparing. */
export interface StatementNames {
  /** `undefined` for a text that is not, or not yet. */
  of(text: string): string | undefined;
}

/**
 * Every connection keeps what it has prepared until it ends, so only so many statements get a name: those first asked a
 * few times. A list has thousands of forms, of which a few are asked all day.
 * @param prefix of its names
 */
export function createStatementNames(prefix: string, most: number): StatementNames {
  const named = new Map<string, string>();
  const waiting = new Map<string, number>();
  return {
    of(text) {
      const name = named.get(text);
      if (name !== undefined || named.size >= most) return name;
      const times = (waiting.get(text) ?? 0) + 1;
      if (times <= askedBefore) {
        if (waiting.size >= mostWaiting) waiting.clear();
        waiting.set(text, times);
        return undefined;
      }
      waiting.delete(text);
      named.set(text, `${prefix}_${named.size}`);
      return named.get(text);
    },
  };
}
