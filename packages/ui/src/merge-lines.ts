import { diffLines } from './diff-lines.ts';

/** Lines that both sides agree on, or that one side alone changed; or lines that both changed, each in its way. */
export type MergePart =
  | { kind: 'agreed'; lines: readonly string[] }
  | { kind: 'conflict'; yours: readonly string[]; theirs: readonly string[] };

/** Brings two changes of one text together, line by line: what only one side changed is taken from it. */
export function mergeLines(base: string, yours: string, theirs: string): MergePart[] {
  const [of, mine, other] = [base, yours, theirs].map((text) => text.split('\n')) as [string[], string[], string[]];
  const inYours = positions(base, yours, of.length);
  const inTheirs = positions(base, theirs, of.length);
  const parts: MergePart[] = [];
  const agree = (lines: readonly string[]) => {
    const last = parts.at(-1);
    if (lines.length === 0) return;
    if (last?.kind === 'agreed') parts[parts.length - 1] = { kind: 'agreed', lines: [...last.lines, ...lines] };
    else parts.push({ kind: 'agreed', lines });
  };
  let [i, y, t] = [0, 0, 0];
  for (let line = 0; line <= of.length; line += 1) {
    const atYours = line === of.length ? mine.length : inYours[line];
    const atTheirs = line === of.length ? other.length : inTheirs[line];
    if (atYours === undefined || atTheirs === undefined) continue;
    const [was, my, their] = [of.slice(i, line), mine.slice(y, atYours), other.slice(t, atTheirs)];
    if (isSame(my, was)) agree(their);
    else if (isSame(their, was) || isSame(my, their)) agree(my);
    else parts.push({ kind: 'conflict', yours: my, theirs: their });
    if (line < of.length) agree(of.slice(line, line + 1));
    [i, y, t] = [line + 1, atYours + 1, atTheirs + 1];
  }
  return parts;
}

/** The text of a merge. @param choose for each conflict, by its number among them, whose lines */
export function mergedText(parts: readonly MergePart[], choose: (conflict: number) => 'yours' | 'theirs'): string {
  let conflict = -1;
  return parts
    .flatMap((part) => {
      if (part.kind === 'agreed') return part.lines;
      conflict += 1;
      return part[choose(conflict)];
    })
    .join('\n');
}

/** Where each line of the first text stands in the second; `undefined` for one that is gone. */
function positions(base: string, text: string, length: number): (number | undefined)[] {
  const found = new Array<number | undefined>(length).fill(undefined);
  let [from, to] = [0, 0];
  for (const { kind } of diffLines(base, text)) {
    if (kind === 'same') found[from] = to;
    if (kind !== 'added') from += 1;
    if (kind !== 'removed') to += 1;
  }
  return found;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
