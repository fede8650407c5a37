import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { environmentVerdict } from './environment.ts';

const pod = (name: string, status: object, more: object = {}) => ({
  metadata: { name, namespace: 'shop', uid: name, ...more },
  status,
});
const crashes = {
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [
    {
      name: 'app',
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { reason: 'Error', exitCode: 1 } },
    },
  ],
};
const serves = { ...crashes, conditions: [{ type: 'Ready', status: 'True' }] };
const starts = { conditions: [{ type: 'Ready', status: 'False' }] };
const noImage = {
  containerStatuses: [{ name: 'app', image: 'web:1', state: { waiting: { reason: 'ErrImagePull' } } }],
};

const evidence = { replicaSets: [], pods: [pod('new', crashes)], events: [] };
const judge = (before: readonly object[]) => {
  const verdict = diagnose(evidence);
  if (verdict === undefined) throw new Error('the new pod fails');
  return environmentVerdict(verdict, before, evidence);
};

describe('a revision that fails', () => {
  it('as the pods do that were healthy before is not at fault: both are told, with what comes next', () => {
    expect(judge([pod('old-1', starts), pod('old-2', crashes)])).toMatchObject({
      code: 'environment',
      cause: 'crash_loop',
      summary: expect.stringContaining('it is not this release. Container app ends again and again'),
      evidence: expect.arrayContaining([expect.stringContaining('Before it, pod old-2: Container app ends')]),
      nextStep: expect.stringContaining('Going back would not help.'),
    });
  });

  it.each([
    ['there is none of them any more', []],
    ['one of them still serves', [pod('old-1', crashes), pod('old-2', serves)]],
    ['they fail otherwise', [pod('old', noImage)]],
    ['they only start', [pod('old', starts)]],
    ['they are on their way out', [pod('old', crashes, { deletionTimestamp: '2026-11-26T00:00:00Z' })]],
  ])('is at fault where %s', (_case, before) => {
    expect(judge(before)).toBeUndefined();
  });
});
