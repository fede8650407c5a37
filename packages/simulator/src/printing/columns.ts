import { at, type KubeObject, objectOf, textOf } from '../objects/types.ts';

export type Column = { name: string; type: string; format: string; priority: number };
/** How objects of a kind become rows. */
export type Printer = {
  columns: readonly Column[];
  /** One for each column. */
  cells(object: KubeObject, nowMs: number): unknown[];
};

/**
 * Columns in short: `Name Ready Up-to-date:integer IP+`, with `_` for a blank; `+` marks those that only a wide table
 * shows. The one called Name is the name of the object.
 */
export function columnsOf(text: string): Column[] {
  return text.split(' ').map((each) => {
    const [, name = '', type = 'string', plus] = /^([^:+]+)(?::(\w+))?(\+?)$/.exec(each) ?? [];
    const words = name.replaceAll('_', ' ');
    return { name: words, type, format: words === 'Name' ? 'name' : '', priority: plus === '+' ? 1 : 0 };
  });
}

export const none = '<none>';
export const unset = '<unset>';

/** How long ago, with two or three figures: `75s`, `5m12s`, `3h`, `2d4h`. */
export function ago(time: unknown, nowMs: number): string {
  const ms = nowMs - Date.parse(String(time));
  return Number.isNaN(ms) ? '<unknown>' : lasting(ms);
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

export function lasting(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  const [whole, rest] = [(unit: number) => Math.floor(seconds / unit), (unit: number) => seconds % unit];
  const both = (unit: number, letter: string, small: number, smallLetter: string) => {
    const left = Math.floor(rest(unit) / small);
    return `${whole(unit)}${letter}${left === 0 ? '' : `${left}${smallLetter}`}`;
  };
  if (seconds < 2 * minute) return `${Math.max(0, seconds)}s`;
  if (seconds < 10 * minute) return both(minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${whole(minute)}m`;
  if (seconds < 8 * hour) return both(hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${whole(hour)}h`;
  if (seconds < 8 * day) return both(day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${whole(day)}d`;
  if (seconds < 8 * year) return both(year, 'y', day, 'd');
  return `${whole(year)}y`;
}

/** The first three of a list, and how many are left. */
export function firstThree(list: readonly string[]): string {
  if (list.length === 0) return none;
  return `${list.slice(0, 3).join(',')}${list.length > 3 ? ` + ${list.length - 3} more...` : ''}`;
}

type Rest = (object: KubeObject, nowMs: number, age: string) => unknown[];

/** Nearly all rows begin with the name. */
export function named(columns: string, rest: Rest): Printer {
  return {
    columns: columnsOf(columns),
    cells: (object, nowMs) => [
      object.metadata.name,
      ...rest(object, nowMs, ago(object.metadata.creationTimestamp, nowMs)),
    ],
  };
}

export const number = (object: unknown, ...path: string[]) => Number(at(object, ...path) ?? 0);
export const text = (object: unknown, ...path: string[]) => textOf(at(object, ...path));

/** `a=b,c=d` */
export function pairs(map: unknown): string {
  const list = Object.entries(objectOf(map)).map(([key, value]) => `${key}=${String(value)}`);
  return list.length === 0 ? none : list.sort().join(',');
}
