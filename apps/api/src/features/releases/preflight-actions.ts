import type { Finding } from './finding.ts';
import type { Action, MachineRows } from './machine-rows.ts';
import type { RunQuestion } from './questions.store.ts';
import type { StoredVerdict } from './release-rows.ts';

/** What looking at everything of one target came to. `unseen`: it could not be looked at, which is no reason to stop. */
export type PreflightResult = {
  /** Of every grade: its page shows them all. */
  findings: readonly Finding[];
} & (
  | { outcome: 'passed' }
  | { outcome: 'unseen' }
  | { outcome: 'refused'; verdict: StoredVerdict }
  | { outcome: 'asks'; verdict: StoredVerdict; questions: readonly RunQuestion[] }
);

/**
 * What follows from the preflight of a first wave. Pure. One target that cannot be written ends the release before
 * anything is; one that asks holds all of them back until somebody has decided.
 * @param results by run
 */
export function preflightActions(
  { release, runs }: Pick<MachineRows, 'release' | 'runs'>,
  results: ReadonlyMap<string, PreflightResult>,
): readonly Action[] {
  if (release.state !== 'rolling' || release.preflighted) return [];
  const waiting = runs.filter(({ state }) => state === 'pending');
  const of = (outcome: PreflightResult['outcome']) =>
    waiting.filter(({ id }) => results.get(id)?.outcome === outcome).map(({ id }) => id);
  const set = (runId: string, state: 'failed' | 'blocked'): Action[] => {
    const result = results.get(runId);
    if (result === undefined || !('verdict' in result)) return [];
    return [{ type: 'run', runId, state, reason: result.verdict.code, verdict: result.verdict }];
  };
  const refused = of('refused');
  if (refused.length > 0)
    return [
      ...refused.flatMap((id) => set(id, 'failed')),
      ...waiting
        .filter(({ id }) => !refused.includes(id))
        .map(({ id }): Action => ({ type: 'run', runId: id, state: 'cancelled' })),
      { type: 'release', state: 'failed', reason: 'preflight' },
    ];
  const asking = of('asks');
  if (asking.length > 0) return asking.flatMap((id) => set(id, 'blocked'));
  return [{ type: 'preflighted' }];
}
