/**
 * Lets at most so many pieces of work run at once, the others in the order they came. What fails makes room like what
 * ends well.
 */
export function takeTurns(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    // Who leaves hands the place on, so nobody who comes meanwhile steps in before those that wait.
    if (taken >= places) await new Promise<void>((resolve) => waiting.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next();
    }
  };
}
