/**
 * A line as a container wrote it. `stamp` is its time in UTC with nine decimals and without the `Z`, so that stamps are
 * compared as text; empty for a line that came without one.
 */
export type StampedLine = { stamp: string; text: string };

/** Longest line that is kept, in characters; the rest of it is cut off. */
export const maxLine = 16_384;

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d) ?(.*)$/s;

/** A line of an answer with `timestamps=true`. */
export function parseLine(line: string): StampedLine {
  const match = stamped.exec(line);
  if (match === null) return { stamp: '', text: shownText(line) };
  const [, second = '', fraction = '', zone = 'Z', text = ''] = match;
  return { stamp: `${inUtc(second, zone)}.${fraction.padEnd(9, '0')}`, text: shownText(text) };
}

/** A node tells its own time zone. */
function inUtc(second: string, zone: string): string {
  if (zone === 'Z') return second;
  const at = new Date(`${second}${zone}`);
  return Number.isNaN(at.getTime()) ? second : at.toISOString().slice(0, 19);
}

/** The time of a line as the API speaks it, in milliseconds; `undefined` for a line without one. */
export function timeOf(stamp: string): string | undefined {
  return stamp === '' ? undefined : `${stamp.slice(0, 23)}Z`;
}

const esc = '\u001b';
const colour = new RegExp(`(${esc}\\[[0-9;:]*m)`);
/** Whatever else is said to a terminal: movements, titles, links and clipboards, device strings. */
const commands = new RegExp(
  [
    `${esc}\\[[0-?]*[ -/]*[@-~]?`,
    `${esc}[\\]PX^_][^\u0007${esc}\u009c]*(?:\u0007|${esc}\\\\|\u009c)?`,
    `${esc}[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);
/** Every other control but the tab. */
const controls = /[^\P{Cc}\t]/gu;
const hasControl = /[^\P{Cc}\t]/u;

/** A line with colours (SGR) as the only escapes: what moves a cursor, sets a title or writes a clipboard is taken out. */
export function shownText(line: string): string {
  const text = line.length > maxLine ? line.slice(0, maxLine) : line;
  if (!hasControl.test(text)) return text;
  // Split first: nothing that is left between two colours keeps an escape of its own.
  return text
    .split(colour)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(commands, '').replaceAll(controls, '')))
    .join('');
}
