type Asked<K, V> = { key: K; resolve(answer: V): void; reject(error: unknown): void };

/**
 * One question for many: whoever asks while one is under way is in the next, so that no answer is older than its
 * question, and a thousand who ask at once are one statement. Equal keys are asked for once.
 * @param ask the answers, in the order of the keys; when it throws, all who asked hear so
 * @param options.lane questions of different lanes do not wait for one another
 * @param options.most keys of one question
 */
export function gather<K, V>(
  ask: (keys: readonly K[]) => Promise<readonly V[]>,
  options: { lane?: (key: K) => string; most?: number } = {},
): (key: K) => Promise<V> {
  const { lane = () => '', most = 500 } = options;
  /** By lane, while a question of it is under way: who is in the next one. */
  const lanes = new Map<string, Asked<K, V>[]>();

  async function run(name: string, waiting: Asked<K, V>[]): Promise<void> {
    // Those who ask in the same turn of the event loop are in it, too.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
      const keys = [...new Set(batch.map(({ key }) => key))];
      try {
        const answers = new Map((await ask(keys)).map((answer, at) => [keys[at] as K, answer]));
        for (const { key, resolve } of batch) resolve(answers.get(key) as V);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    lanes.delete(name);
  }

  return (key) =>
    new Promise((resolve, reject) => {
      const name = lane(key);
      const known = lanes.get(name);
      const waiting = known ?? [];
      waiting.push({ key, resolve, reject });
      if (known !== undefined) return;
      lanes.set(name, waiting);
      void run(name, waiting);
    });
}
