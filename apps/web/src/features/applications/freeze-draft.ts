import type { Freeze, Recurrence } from '@quarterdeck/contracts';
import { partsOf, type Weekday } from './freeze-words.ts';

export const repeats = ['no', 'daily', 'weekly', 'monthly', 'yearly', 'own'] as const;
export type Repeat = (typeof repeats)[number];

/** Query of all freezes. */
export const freezesKey = ['applications', 'freeze-windows'] as const;

/** A freeze as it is typed. */
export type FreezeDraft = {
  name: string;
  place: 'environment' | 'project' | 'everywhere';
  tiers: readonly string[];
  starts: string;
  ends: string;
  zone: string;
  repeat: Repeat;
  /** Days of the week on which it starts. */
  days: readonly Weekday[];
  rule: string;
  holdsRollbacks: boolean;
};

/** What most people want first: the coming night from the evening on, each week. */
export function newFreeze(now: Date, zone: string): FreezeDraft {
  const wall = (at: Date, clock: string) =>
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${clock}`;
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return {
    name: '',
    place: 'environment',
    tiers: [],
    starts: wall(now, '18:00'),
    ends: wall(tomorrow, '08:00'),
    zone,
    repeat: 'weekly',
    days: ['FR'],
    rule: 'FREQ=MONTHLY;BYDAY=-1FR',
    holdsRollbacks: false,
  };
}

export function toFreezeDraft(freeze: Freeze): FreezeDraft {
  const { name, tiers, holdsRollbacks, recurrence } = freeze;
  const { starts, ends, zone, rule = '' } = recurrence;
  const repeat = repeatOf(recurrence);
  return {
    name,
    place:
      freeze.environmentId !== undefined ? 'environment' : freeze.projectId !== undefined ? 'project' : 'everywhere',
    tiers,
    starts,
    ends,
    zone,
    repeat,
    days: repeat === 'weekly' ? ((partsOf(rule).BYDAY ?? '').split(',') as Weekday[]) : [],
    rule,
    holdsRollbacks,
  };
}

export function recurrenceOf({ starts, ends, zone, repeat, days, rule }: FreezeDraft): Recurrence {
  const rules: Record<Repeat, string | undefined> = {
    no: undefined,
    daily: 'FREQ=DAILY',
    weekly: days.length === 0 ? 'FREQ=WEEKLY' : `FREQ=WEEKLY;BYDAY=${days.join(',')}`,
    monthly: 'FREQ=MONTHLY',
    yearly: 'FREQ=YEARLY',
    own: rule.trim().toUpperCase(),
  };
  const chosen = rules[repeat];
  return { starts, ends, zone, ...(chosen === undefined ? {} : { rule: chosen }) };
}

function repeatOf({ rule }: Recurrence): Repeat {
  if (rule === undefined) return 'no';
  if (/^FREQ=WEEKLY;BYDAY=([A-Z]{2})(,[A-Z]{2})*$/.test(rule)) return 'weekly';
  const plain = { 'FREQ=DAILY': 'daily', 'FREQ=MONTHLY': 'monthly', 'FREQ=YEARLY': 'yearly' } as const;
  return rule in plain ? plain[rule as keyof typeof plain] : 'own';
}

const two = (n: number) => String(n).padStart(2, '0');
