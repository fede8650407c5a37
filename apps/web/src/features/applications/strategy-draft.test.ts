import type { Strategy } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { careful, fromDraft, toDraft } from './strategy-draft.ts';

const strategy: Strategy = {
  name: 'canary',
  waves: [
    { name: 'canary', select: { labels: { role: 'canary' } }, maxConcurrent: 1, failureBudget: 0, soakSeconds: 60 },
    {
      name: 'half',
      select: { percent: 50 },
      maxConcurrent: 5,
      failureBudget: '5%',
      soakSeconds: 0,
      approval: { count: 1 },
    },
    { name: 'rest', select: { rest: true }, maxConcurrent: 10, failureBudget: 2, soakSeconds: 0 },
  ],
  approval: { count: 2 },
  onFailure: 'rollback',
  unreachable: 'skip',
  supersede: 'replace-running',
};

describe('a strategy that is typed', () => {
  it('comes back as it was', () => expect(fromDraft(toDraft(strategy))).toEqual(strategy));

  it('leaves to the policy what it does not say', () => {
    const { onFailure: _f, unreachable: _u, ...open } = strategy;
    expect(toDraft(open)).toMatchObject({ onFailure: 'policy', unreachable: 'policy' });
    expect(fromDraft(toDraft(open))).toEqual(open);
  });

  it('starts with one that can be saved', () => {
    expect(fromDraft(careful).waves).toMatchObject([{ select: { percent: 20 } }, { select: { rest: true } }]);
  });
});
