import type { Freeze } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { newFreeze, recurrenceOf, toFreezeDraft } from './freeze-draft.ts';

const freeze = (rule: string | undefined): Freeze => ({
  id: 'frz_01',
  name: 'night',
  tiers: ['production'],
  recurrence: {
    starts: '2026-11-06T18:00',
    ends: '2026-11-07T08:00',
    zone: 'UTC',
    ...(rule === undefined ? {} : { rule }),
  },
  holdsRollbacks: true,
  createdBy: 'Li Wei',
  revision: 1,
  createdAt: '2026-11-01T00:00:00Z',
  next: [],
});

describe('a freeze that is typed', () => {
  it.each([
    [undefined, 'no'],
    ['FREQ=DAILY', 'daily'],
    ['FREQ=WEEKLY;BYDAY=MO,FR', 'weekly'],
    ['FREQ=MONTHLY', 'monthly'],
    ['FREQ=YEARLY', 'yearly'],
    ['FREQ=WEEKLY', 'own'],
    ['FREQ=MONTHLY;BYDAY=-1FR', 'own'],
  ])('of the rule %s comes back as it was', (rule, repeat) => {
    const draft = toFreezeDraft(freeze(rule));
    expect(draft).toMatchObject({ repeat, place: 'everywhere', tiers: ['production'] });
    expect(recurrenceOf(draft)).toEqual(freeze(rule).recurrence);
  });

  it('starts this evening and ends the next morning, over the end of a month too', () => {
    expect(recurrenceOf(newFreeze(new Date(2026, 10, 30, 12), 'UTC'))).toEqual({
      starts: '2026-11-30T18:00',
      ends: '2026-12-01T08:00',
      zone: 'UTC',
      rule: 'FREQ=WEEKLY;BYDAY=FR',
    });
  });
});
