import type { MutantEntry } from './list.ts';

export type TestOutcome = { title: string; state: 'passed' | 'failed' | 'skipped' | 'pending' };

/** Titles that hold one of these ids. */
export function anyOf(ids: readonly string[]): RegExp {
  return new RegExp(`\\b(?:${ids.join('|')})\\b`);
}

/**
 * What is wrong with how a mutant fared; nothing when each of its attack rows caught it. A mutant that breaks the file
 * or a hook, so that its tests never run, proves nothing and is no catch.
 */
export function verdictOf(
  { caughtBy }: Pick<MutantEntry, 'caughtBy'>,
  ran: readonly { file: string; outcomes: readonly TestOutcome[] }[],
  errors: readonly string[],
): string[] {
  if (errors.length > 0) return errors.map((error) => `the tests could not run: ${error}`);
  return Object.entries(caughtBy).flatMap(([file, ids]) => {
    const outcomes = ran.filter((module) => module.file === file).flatMap((module) => module.outcomes);
    return ids.flatMap((id) => missed(file, id, outcomes));
  });
}

function missed(file: string, id: string, outcomes: readonly TestOutcome[]): string[] {
  const named = outcomes.filter(({ title }) => anyOf([id]).test(title));
  if (named.length === 0) return [`no test of ${file} has ${id} in its title`];
  if (named.some(({ state }) => state === 'failed')) return [];
  const passed = named.filter(({ state }) => state === 'passed');
  if (passed.length === 0) return [`no test of ${id} in ${file} ran`];
  return passed.map(({ title }) => `passed on the broken module: ${title}`);
}
