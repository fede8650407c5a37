/** Asks once for all who ask the same within one turn of the event loop. */
export type JoinedReads<T> = (key: string, load: () => Promise<T>) => Promise<T>;

/**
 * Two hundred views of the same rows hear of a change together and would each ask PostgreSQL the same. The question is
 * sent after the last of them has asked, so that none gets an answer from before the change it heard of.
 */
export function createJoinedReads<T>(): JoinedReads<T> {
  const asked = new Map<string, Promise<T>>();
  return (key, load) => {
    const found = asked.get(key);
    if (found !== undefined) return found;
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      asked.delete(key);
      return load();
    });
    asked.set(key, answer);
    return answer;
  };
}
