import { cleanText } from './text.ts';

/** A JSON object of a cluster: nothing of it is trusted to be there or to have its documented type. */
export type Json = Readonly<Record<string, unknown>>;

const maxInteger = 2_147_483_647;
const oldestTime = Date.UTC(1970, 0, 1);
const newestTime = Date.UTC(2200, 0, 1);

/** The value as an object; an empty one where it is anything else. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The objects of a list, at most `max`. */
export function objectsOf(value: unknown, max = Number.POSITIVE_INFINITY): Json[] {
  if (!Array.isArray(value)) return [];
  const list = value.length > max ? value.slice(0, max) : value;
  return list.map(objectOf);
}

export function textOf(value: unknown, maxBytes = 253): string {
  return cleanText(value, maxBytes);
}

/** A text, or `undefined` where there is none: for facts that are left out. */
export function textOrNothing(value: unknown, maxBytes = 253): string | undefined {
  const text = cleanText(value, maxBytes);
  return text === '' ? undefined : text;
}

/** The texts of a list, at most `max`. */
export function textsOf(value: unknown, max = 10, maxBytes = 253): string[] {
  return Array.isArray(value) ? value.slice(0, max).flatMap((entry) => textOrNothing(entry, maxBytes) ?? []) : [];
}

/** A map of texts, bounded; `undefined` where it is empty, so that a fact of it is left out. */
export function textMapOf(value: unknown, max = 20): Record<string, string> | undefined {
  const entries = Object.entries(objectOf(value))
    .slice(0, max)
    .map(([key, text]) => [textOf(key, 317), textOf(text, 253)] as const);
  // fromEntries defines own keys: one named __proto__ stays a key.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A whole number that fits the columns, or `undefined`. */
export function integerOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Math.max(-maxInteger, Math.min(maxInteger, Math.trunc(value)));
}

/** A time a cluster can mean; anything else is no time. */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const time = Date.parse(value);
  return time >= oldestTime && time < newestTime ? new Date(time) : undefined;
}

/** Drops keys without a value, so that facts hold only what is known. Keys are ours, never a cluster's. */
export function facts(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const key in entries) {
    const value = entries[key];
    if (value !== undefined && !isEmpty(value)) known[key] = value;
  }
  return known;
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}
