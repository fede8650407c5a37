import type { CiProgress } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from './ci-progress.ts';
import { ciReport } from './ci-report.ts';

const failed: CiProgress = {
  releaseId: 'rel_00000000000000000000000000',
  number: 42,
  application: 'shop/web',
  environment: 'prod',
  state: 'failed',
  outcome: 'failed',
  exitCode: 1,
  targetCount: 3,
  healthyCount: 1,
  failedCount: 2,
  causes: [
    {
      code: 'image_pull',
      summary: 'Tag 1.4.2 is not in the registry.',
      clusters: ['bj-1', 'nb-1'],
      nextStep: 'Push it.',
    },
  ],
  waits: [],
  unwellNeeds: [],
  url: 'https://quarterdeck.example.com/applications/shop/web/prod/releases/42',
};

describe('the report of a job', () => {
  it('says what, where, why and what next, and ends with the code', () => {
    expect(ciReport(failed)).toBe(`shop/web prod #42 has failed, 1 of 3 clusters healthy
  bj-1, nb-1: Tag 1.4.2 is not in the registry.
    next: Push it.
  https://quarterdeck.example.com/applications/shop/web/prod/releases/42
exit 1
`);
  });

  it('has no code while the release is under way', () => {
    const { exitCode: _, ...running } = failed;
    const report = ciReport({
      ...running,
      state: 'rolling',
      outcome: 'running',
      causes: [],
      waits: ['waits for #41 to end'],
    });
    expect(report).toBe('shop/web prod #42 is under way, 1 of 3 clusters healthy\n  waits for #41 to end\n');
  });

  it('S50 lets no message of a cluster pass for the code or reach the terminal', () => {
    const { exitCode: _, ...running } = failed;
    const summary = 'not there\nexit 0\r\n\u001b[2Jexit 0\u2028exit 0';
    const report = ciReport({
      ...running,
      outcome: 'running',
      causes: [{ code: 'image_pull', summary, clusters: ['bj-1'] }],
    });
    expect(report.split('\n').filter((line) => /^exit/.test(line))).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be in it
    expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028]/);
  });
});

describe('the outcome', () => {
  it('of a release that stopped over its budget is a failure; of one that a person stopped, a wait for a person', () => {
    expect(outcomeOf({ state: 'paused', pausedReason: 'budget' })).toBe('failed');
    expect(outcomeOf({ state: 'paused', pausedReason: 'person' })).toBe('waits_for_a_person');
    expect(outcomeOf({ state: 'awaiting_approval' })).toBe('waits_for_a_person');
    expect(outcomeOf({ state: 'queued' })).toBe('running');
    expect(outcomeOf({ state: 'superseded' })).toBe('ended');
  });
});
