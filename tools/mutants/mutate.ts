/** Broken replacements for some exports of a module; each gets the real module. */
export type Mutant<M extends object = Record<string, unknown>> = { [K in keyof M]?: (real: M) => M[K] };

/**
 * Declares a mutant of a module: `export default mutate<typeof import('…/origin.ts')>({ checkOrigin: () => () => {} })`.
 * What it leaves out stays as it is.
 */
export function mutate<M extends object>(mutant: Mutant<M>): Mutant<M> {
  return mutant;
}

/** The exports of a module with the broken ones in place of the real ones. */
export function broken<M extends object>(real: M, mutant: Mutant<M>): M {
  const replaced = Object.entries(mutant).map(([name, make]) => {
    if (!(name in real)) throw new Error(`The module has no export ${name} any more; mend the mutant.`);
    return [name, (make as (real: M) => unknown)(real)];
  });
  return { ...real, ...Object.fromEntries(replaced) };
}
