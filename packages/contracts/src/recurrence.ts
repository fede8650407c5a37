import { z } from 'zod';

/** A wall clock without a zone, to the minute. */
const wallClock = z
  .string()
  .regex(/^20\d\d-\d\d-\d\dT\d\d:\d\d$/, 'a date and time such as 2026-12-18T18:00')
  .refine((text) => !Number.isNaN(msOfWallClock(text)), 'this date is in no calendar');

/** What a rule may consist of; finer than days it would hold nothing that a window does not. */
const parts: Readonly<Record<string, { form: RegExp; isList?: true }>> = {
  FREQ: { form: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/ },
  INTERVAL: { form: /^[1-9]\d?$/ },
  COUNT: { form: /^([1-9]\d{0,2}|1000)$/ },
  UNTIL: { form: /^20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/ },
  BYDAY: { form: /^(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)$/, isList: true },
  BYMONTHDAY: { form: /^-?([1-9]|[12]\d|3[01])$/, isList: true },
  BYMONTH: { form: /^([1-9]|1[0-2])$/, isList: true },
  BYSETPOS: { form: /^-?[1-9]\d?$/, isList: true },
  WKST: { form: /^(MO|TU|WE|TH|FR|SA|SU)$/ },
};

/** What is wrong with a recurrence rule, for people; `undefined` for one that can be read. */
export function faultOfRule(rule: string): string | undefined {
  const given = rule.split(';').map((part) => part.split('=', 2) as [string, string?]);
  for (const [name, value = ''] of given) {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (part === undefined) return `it may have ${Object.keys(parts).join(', ')}, and not ${name || 'nothing'}`;
    const values = part.isList === true ? value.split(',') : [value];
    if (!values.every((one) => part.form.test(one))) return `${name}=${value} is not understood`;
  }
  const names = given.map(([name]) => name);
  if (new Set(names).size !== names.length) return 'each part stands in it once';
  if (!names.includes('FREQ')) return 'it says how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY';
  return names.includes('COUNT') && names.includes('UNTIL') ? 'it ends by COUNT or by UNTIL, not by both' : undefined;
}

const yearMs = 366 * 24 * 3600_000;

/** When something holds: once, or again and again by a rule, by the clock on the wall of a zone. */
export const recurrenceSchema = z
  .strictObject({
    /** The first time, or where the rule begins to count. */
    starts: wallClock,
    /** Of the first time; each time lasts as long by the clock on the wall, whatever is put on or back meanwhile. */
    ends: wallClock,
    zone: z.string().max(64).refine(isZone, 'an IANA time zone such as Europe/Berlin'),
    /** Parts of an RFC 5545 rule, `FREQ=WEEKLY;BYDAY=FR`; left out: once. */
    rule: z
      .string()
      .max(200)
      .superRefine((rule, refusal) => {
        const fault = faultOfRule(rule);
        if (fault !== undefined) refusal.addIssue({ code: 'custom', message: fault });
      })
      .optional(),
  })
  .superRefine(({ starts, ends }, refusal) => {
    const lasts = msOfWallClock(ends) - msOfWallClock(starts);
    if (lasts <= 0) refusal.addIssue({ code: 'custom', path: ['ends'], message: 'it ends after it starts' });
    if (lasts > yearMs) refusal.addIssue({ code: 'custom', path: ['ends'], message: 'it lasts a year at most' });
  });
export type Recurrence = z.output<typeof recurrenceSchema>;

/** A wall clock as if it stood in UTC, ms since 1970: to reckon with. NaN for a date that is in no calendar. */
export function msOfWallClock(text: string): number {
  const at = Date.parse(`${text}:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 16) !== text ? Number.NaN : at;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
