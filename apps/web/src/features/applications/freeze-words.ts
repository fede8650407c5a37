import type { Recurrence } from '@quarterdeck/contracts';

const weekdays = { MO: 'Mon', TU: 'Tue', WE: 'Wed', TH: 'Thu', FR: 'Fri', SA: 'Sat', SU: 'Sun' } as const;
export type Weekday = keyof typeof weekdays;
export const weekdayWords = Object.entries(weekdays) as [Weekday, string][];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const spans = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' } as const;

/** Parts of a rule by their names. */
export function partsOf(rule: string): Partial<Record<string, string>> {
  return Object.fromEntries(rule.split(';').map((part) => part.split('=', 2)));
}

/** A recurrence in plain words; a rule that has parts beyond the usual ones stands as it is. */
export function freezeWords({ starts, ends, zone, rule }: Recurrence): string {
  const once = rule === undefined;
  const often = once ? '' : ` ${ruleWords(rule)}`;
  // A rule says the day by itself; a year and a single time need their dates.
  const isDated = once || partsOf(rule).FREQ === 'YEARLY';
  const [from, to] = isDated ? [dateOf(starts, once), dateOf(ends, once)] : ['', ''];
  const isSameDay = starts.slice(0, 10) === ends.slice(0, 10);
  const end = isSameDay
    ? clockOf(ends)
    : isDated
      ? `${to} ${clockOf(ends)}`
      : `${clockOf(ends)} ${afterDays(starts, ends)}`;
  return `${from === '' ? '' : `${from} `}${clockOf(starts)} to ${end}${often}, ${zone}`;
}

/** How often, in words: `every week on Fri`. */
export function ruleWords(rule: string): string {
  const parts = partsOf(rule);
  const span = spans[parts.FREQ as keyof typeof spans];
  if (span === undefined || parts.BYSETPOS !== undefined) return `by ${rule}`;
  const interval = Number(parts.INTERVAL ?? 1);
  return [
    interval === 1 ? `every ${span}` : `every ${interval} ${span}s`,
    parts.BYDAY === undefined ? undefined : `on ${listOf(parts.BYDAY.split(',').map(dayWords))}`,
    parts.BYMONTHDAY === undefined ? undefined : `on the ${listOf(parts.BYMONTHDAY.split(',').map(ordinalOf))}`,
    parts.BYMONTH === undefined
      ? undefined
      : `in ${listOf(parts.BYMONTH.split(',').map((n) => months[Number(n) - 1] ?? n))}`,
    parts.COUNT === undefined ? undefined : parts.COUNT === '1' ? 'once' : `${parts.COUNT} times`,
    parts.UNTIL === undefined
      ? undefined
      : `until ${dateOf(`${parts.UNTIL.slice(0, 4)}-${parts.UNTIL.slice(4, 6)}-${parts.UNTIL.slice(6, 8)}`, true)}`,
  ]
    .filter((words) => words !== undefined)
    .join(' ');
}

function dayWords(text: string): string {
  const day = weekdays[text.slice(-2) as Weekday];
  return text.length === 2 ? day : `the ${ordinalOf(text.slice(0, -2))} ${day}`;
}

function ordinalOf(text: string): string {
  const n = Number(text);
  if (n === -1) return 'last';
  if (n < 0) return `${ordinalOf(String(-n))} to last`;
  const end = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${end}`;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const clockOf = (wall: string) => wall.slice(11, 16);

function dateOf(wall: string, withYear: boolean): string {
  const [year, month, day] = wall.slice(0, 10).split('-');
  return `${Number(day)} ${months[Number(month) - 1] ?? ''}${withYear ? ` ${year}` : ''}`;
}

function afterDays(starts: string, ends: string): string {
  const days = (Date.parse(`${ends.slice(0, 10)}Z`) - Date.parse(`${starts.slice(0, 10)}Z`)) / 86_400_000;
  return days === 1 ? 'the next day' : `${days} days later`;
}
