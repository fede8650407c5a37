import { isUnavailable } from '@quarterdeck/database';

/** As long as open streams outlive the database: what is older than that is not known any more. */
const keepMs = 30_000;

/** What was read, and when, if the database could not be asked just now. */
export type Known<T> = { value: T; readAt?: Date };

/**
 * Remembers the newest answer of a read and gives it again while the database is away, for 30 s. Nothing else is
 * covered: any other failure is raised, and so is this one once the memory is too old or was dropped.
 * @param now ms that only rise; tests turn it
 */
export function createLastKnown<T>(now: () => number = () => performance.now()) {
  let last: { value: T; at: number; readAt: Date } | undefined;
  return {
    async read(load: () => Promise<T>): Promise<Known<T>> {
      try {
        const value = await load();
        last = { value, at: now(), readAt: new Date() };
        return { value };
      } catch (error) {
        if (!isUnavailable(error) || last === undefined || now() - last.at > keepMs) throw error;
        return { value: last.value, readAt: last.readAt };
      }
    },
    drop(): void {
      last = undefined;
    },
  };
}

/** As `createLastKnown`, for many keys; the oldest go first, and what is nothing (`undefined`) is not kept. */
export function createLastKnownByKey<T>(maxKeys: number, now?: () => number) {
  const all = new Map<string, ReturnType<typeof createLastKnown<T>>>();
  let drops = 0;
  return {
    async read(key: string, load: () => Promise<T>): Promise<Known<T>> {
      const one = all.get(key) ?? createLastKnown<T>(now);
      const before = drops;
      const known = await one.read(load);
      // Only what was found is kept: made-up keys leave no trace and push nobody out.
      all.delete(key);
      // What was dropped while it was read may be what the drop was about.
      if (known.value !== undefined && before === drops) all.set(key, one);
      const [oldest] = all.keys();
      if (all.size > maxKeys && oldest !== undefined) all.delete(oldest);
      return known;
    },
    drop(): void {
      drops += 1;
      all.clear();
    },
  };
}
