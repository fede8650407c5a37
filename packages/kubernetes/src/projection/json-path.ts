import { objectOf } from './values.ts';

type Step =
  | { take: 'key'; key: string }
  | { take: 'index'; index: number }
  | { take: 'all' }
  | { take: 'where'; path: readonly string[]; equals: string };

/** Reads values out of an object; never throws, follows own keys alone. */
export type JsonPath = (object: unknown) => unknown[];

const maxText = 512;
const maxSteps = 20;
const maxValues = 20;

/**
 * The part of Kubernetes' JSONPath that printer columns use: `.a.b`, `['a.b']`, `\.` in a key, `[0]`, `[*]` and
 * `[?(@.type=="Ready")]`. Neither recursion nor slices nor anything that computes.
 * @returns undefined for any other path
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps = text.length > maxText ? undefined : stepsOf(withoutBraces(text.trim()));
  if (steps === undefined || steps.length > maxSteps) return undefined;
  return (object) => {
    let values: unknown[] = [object];
    for (const step of steps) values = values.flatMap((value) => follow(value, step)).slice(0, maxValues);
    return values;
  };
}

function withoutBraces(text: string): string {
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  return inner.startsWith('$') ? inner.slice(1) : inner;
}

/** Walks the text once, from left to right: no pattern that could go back. */
function stepsOf(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '.') {
      const { key, end } = readKey(text, at + 1);
      // `..` looks everywhere below; a dot at the end or before a bracket means the value itself.
      if (key === '' && (text[at + 1] === '.' || (end < text.length && text[end] !== '['))) return undefined;
      if (key === '*') steps.push({ take: 'all' });
      else if (key !== '') steps.push({ take: 'key', key });
      at = end;
    } else if (text[at] === '[') {
      const end = closingOf(text, at);
      const step = end === undefined ? undefined : bracket(text.slice(at + 1, end).trim());
      if (end === undefined || step === undefined) return undefined;
      steps.push(step);
      at = end + 1;
    } else if (at === 0) {
      const { key, end } = readKey(text, 0);
      if (key === '') return undefined;
      steps.push({ take: 'key', key });
      at = end;
    } else return undefined;
  }
  return steps;
}

function readKey(text: string, start: number): { key: string; end: number } {
  let key = '';
  let at = start;
  for (; at < text.length && text[at] !== '.' && text[at] !== '['; at += 1) {
    if (text[at] === '\\' && at + 1 < text.length) at += 1;
    key += text[at];
  }
  return { key, end: at };
}

/** Where the bracket at `start` closes; brackets within quotes do not count. */
function closingOf(text: string, start: number): number | undefined {
  let quote = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ']') return at;
  }
  return undefined;
}

function bracket(inner: string): Step | undefined {
  if (inner === '*') return { take: 'all' };
  if (/^\d{1,4}$/.test(inner)) return { take: 'index', index: Number(inner) };
  const key = quoted(inner);
  if (key !== undefined) return { take: 'key', key };
  if (!inner.startsWith('?(@.') || !inner.endsWith(')')) return undefined;
  const [left = '', right, ...more] = inner.slice(4, -1).split('==');
  const equals = quoted((right ?? '').trim());
  const path = left.trim().split('.');
  const isPlain = path.every((part) => /^[A-Za-z0-9_-]{1,64}$/.test(part));
  return equals === undefined || more.length > 0 || !isPlain ? undefined : { take: 'where', path, equals };
}

function quoted(text: string): string | undefined {
  const mark = text[0];
  const isQuoted = text.length >= 2 && (mark === '"' || mark === "'") && text.at(-1) === mark;
  const inner = text.slice(1, -1);
  return isQuoted && !inner.includes(mark) ? inner : undefined;
}

function follow(value: unknown, step: Step): unknown[] {
  switch (step.take) {
    case 'key':
      return own(value, step.key);
    case 'index':
      return Array.isArray(value) && step.index < value.length ? [value[step.index]] : [];
    case 'all':
      return (Array.isArray(value) ? value : Object.values(objectOf(value))).slice(0, maxValues);
    case 'where':
      return Array.isArray(value) ? value.filter((entry) => holds(entry, step)) : [];
  }
}

function holds(entry: unknown, { path, equals }: Extract<Step, { take: 'where' }>): boolean {
  let values: unknown[] = [entry];
  for (const key of path) values = values.flatMap((value) => own(value, key));
  return String(values[0]) === equals;
}

function own(value: unknown, key: string): unknown[] {
  const object = objectOf(value);
  return Object.hasOwn(object, key) ? [object[key]] : [];
}
