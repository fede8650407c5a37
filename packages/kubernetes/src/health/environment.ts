import { diagnose, type Evidence, type Verdict } from './diagnose.ts';
import { at } from './json.ts';
import { condition } from './object-health.ts';

/**
 * What ran well before fails the same way now, so it is not the new revision's fault and going back would not help.
 * `undefined` where the pods before are gone, where one of them still serves, or where they fail otherwise: then the
 * verdict is the new revision's own.
 * @param before pods of the revision that was healthy last
 */
export function environmentVerdict(
  verdict: Verdict,
  before: readonly unknown[],
  evidence: Evidence,
): Verdict | undefined {
  const running = before.filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined);
  if (running.some((pod) => condition(pod, 'Ready')?.status === 'True')) return undefined;
  for (const pod of running) {
    const alike = diagnose({ ...evidence, replicaSets: [], pods: [pod] });
    if (alike?.code !== verdict.code) continue;
    const { nextStep = '', ...of } = verdict;
    return {
      ...of,
      code: 'environment',
      cause: verdict.code,
      summary: `What was healthy here before fails the same way: it is not this release. ${verdict.summary}`,
      evidence: [...verdict.evidence, `Before it, pod ${String(at(pod, 'metadata', 'name'))}: ${alike.summary}`],
      nextStep: `Going back would not help. ${nextStep} Then retry.`.replace('  ', ' '),
    };
  }
  return undefined;
}
