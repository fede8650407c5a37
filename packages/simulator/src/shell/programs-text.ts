import { createHash } from 'node:crypto';
import { within } from '../objects/within.ts';
import { readAll } from './pipe.ts';
import { Failed, onFile, optionsOf, type Process, type Program, pathOf } from './process.ts';

/** Programs that read text and write it otherwise. */
export const textPrograms: readonly (readonly [string, Program])[] = [
  ['base64', base64],
  ['cut', cut],
  ['echo', echo],
  ['grep', grep],
  ['head', head],
  ['less', more],
  ['md5sum', (process) => sum(process, 'md5')],
  ['more', more],
  ['printf', printf],
  ['sed', sed],
  ['seq', seq],
  ['sha256sum', (process) => sum(process, 'sha256')],
  ['sort', sort],
  ['tail', tail],
  ['tr', tr],
  ['uniq', uniq],
  ['wc', wc],
];

/** The content of the files that are named, or of the input where none is. */
async function contentOf(program: string, process: Process, names: readonly string[]): Promise<Buffer> {
  if (names.length === 0 || names[0] === '-') return readAll(process.input);
  const { files } = process.container;
  return Buffer.concat(names.map((name) => onFile(program, name, () => files.read(pathOf(process, name)))));
}

async function linesOf(program: string, process: Process, names: readonly string[]): Promise<string[]> {
  const lines = (await contentOf(program, process, names)).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

async function write(process: Process, lines: readonly string[]): Promise<number> {
  if (lines.length > 0) await process.out(`${lines.join('\n')}\n`);
  return 0;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', e: '\u001b', a: '\u0007' };

function unescaped(text: string): string {
  return text.replace(/\\(?:0?([0-7]{3})|x([0-9a-fA-F]{2})|([ntr\\ea]))/g, (_, octal, hex, letter) =>
    octal !== undefined
      ? String.fromCharCode(Number.parseInt(octal, 8))
      : hex !== undefined
        ? String.fromCharCode(Number.parseInt(hex, 16))
        : (escapes[letter as string] ?? ''),
  );
}

async function echo({ args, out }: Process): Promise<number> {
  const flags = args.findIndex((each) => !/^-[neE]+$/.test(each));
  const given = flags < 0 ? args : args.slice(0, flags);
  const text = (flags < 0 ? [] : args.slice(flags)).join(' ');
  const letters = given.join('');
  await out(`${letters.includes('e') ? unescaped(text) : text}${letters.includes('n') ? '' : '\n'}`);
  return 0;
}

async function printf({ args, out }: Process): Promise<number> {
  const [format = '', ...values] = args;
  const rest = [...values];
  do {
    await out(
      unescaped(format).replace(/%(-?\d*)([sd%])/g, (_, width: string, kind: string) => {
        if (kind === '%') return '%';
        const value = rest.shift() ?? (kind === 'd' ? '0' : '');
        const size = Math.abs(Number(width) || 0);
        return width.startsWith('-') ? value.padEnd(size) : value.padStart(size);
      }),
    );
  } while (rest.length > 0 && /%-?\d*[sd]/.test(format));
  return 0;
}

/** `-3` is an old way to say `-n 3`. */
function countOf(program: string, args: readonly string[]) {
  const modern = args.map((each) => (/^-\d+$/.test(each) ? `-n${each.slice(1)}` : each));
  const { flags, values, rest } = optionsOf(program, modern, 'n:c:fqv');
  return { flags, lines: values.get('n') ?? '10', bytes: values.get('c'), rest };
}

async function head(process: Process): Promise<number> {
  const { lines, bytes, rest } = countOf('head', process.args);
  let left = Number(bytes ?? lines);
  if (rest.length > 0) {
    const all = await contentOf('head', process, rest);
    if (bytes !== undefined) await process.out(all.subarray(0, left));
    else await write(process, all.toString('utf8').replace(/\n$/, '').split('\n').slice(0, left));
    return 0;
  }
  // What is not asked for is not waited for.
  while (left > 0) {
    const chunk = await process.input.read();
    if (chunk === undefined) break;
    let end = 0;
    if (bytes !== undefined) end = Math.min(left, chunk.length);
    else for (let seen = 0; seen < left && end < chunk.length; end += 1) if (chunk[end] === 10) seen += 1;
    const part = chunk.subarray(0, end);
    left -= bytes !== undefined ? part.length : part.reduce((sum, byte) => sum + Number(byte === 10), 0);
    await process.out(part);
  }
  return 0;
}

async function tail(process: Process): Promise<number> {
  const { lines, bytes, rest } = countOf('tail', process.args);
  const all = await contentOf('tail', process, rest);
  if (bytes !== undefined) {
    const count = Number(bytes.replace('+', ''));
    await process.out(bytes.startsWith('+') ? all.subarray(Math.max(0, count - 1)) : all.subarray(-count));
    return 0;
  }
  const split = all.toString('utf8').replace(/\n$/, '').split('\n');
  const count = Number(lines.replace('+', ''));
  return write(
    process,
    lines.startsWith('+') ? split.slice(Math.max(0, count - 1)) : split.slice(-count || split.length),
  );
}

async function more(process: Process): Promise<number> {
  await process.out(
    await contentOf(
      'more',
      process,
      process.args.filter((each) => !each.startsWith('-')),
    ),
  );
  return 0;
}

async function wc(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('wc', process.args, 'lwc');
  const all = await contentOf('wc', process, rest);
  const text = all.toString('utf8');
  const counts: [string, number][] = [
    ['l', text.split('\n').length - 1],
    ['w', text.split(/\s+/).filter((word) => word !== '').length],
    ['c', all.length],
  ];
  const shown = counts.filter(([letter]) => flags.size === 0 || flags.has(letter)).map(([, count]) => String(count));
  const numbers = shown.length === 1 ? shown.join('') : shown.map((each) => each.padStart(9)).join('');
  await process.out(`${numbers}${rest[0] === undefined ? '' : ` ${rest[0]}`}\n`);
  return 0;
}

async function grep(process: Process): Promise<number> {
  const { flags, values, rest } = optionsOf('grep', process.args, 'ivncqEFrwoe:A:B:C:');
  const [pattern, ...names] = [...(values.has('e') ? [values.get('e') ?? ''] : []), ...rest];
  if (pattern === undefined) throw new Failed('grep: a pattern is missing', 2);
  const source = flags.has('F') ? pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : pattern;
  let expression: RegExp;
  try {
    expression = new RegExp(flags.has('w') ? `\\b(?:${source})\\b` : source, flags.has('i') ? 'iu' : 'u');
  } catch {
    throw new Failed(`grep: bad regex '${pattern}'`, 2);
  }
  const lines = await linesOf('grep', process, names);
  const matches = guarded('grep', () => lines.map((line) => expression.exec(line)?.[0]));
  const found = [...lines.entries()].filter(([index]) => (matches[index] !== undefined) !== flags.has('v'));
  if (flags.has('c')) await process.out(`${found.length}\n`);
  else if (!flags.has('q'))
    await write(
      process,
      found.map(([index, line]) => {
        const text = flags.has('o') ? (matches[index] ?? '') : line;
        return flags.has('n') ? `${index + 1}:${text}` : text;
      }),
    );
  return found.length > 0 ? 0 : 1;
}

async function sort(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('sort', process.args, 'rnu');
  const lines = await linesOf('sort', process, rest);
  const number = (line: string) => Number.parseFloat(line) || 0;
  lines.sort((a, b) => (flags.has('n') ? number(a) - number(b) : 0) || (a < b ? -1 : a > b ? 1 : 0));
  if (flags.has('r')) lines.reverse();
  return write(process, flags.has('u') ? [...new Set(lines)] : lines);
}

async function uniq(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('uniq', process.args, 'c');
  const runs: { line: string; count: number }[] = [];
  for (const line of await linesOf('uniq', process, rest)) {
    const last = runs.at(-1);
    if (last?.line === line) last.count += 1;
    else runs.push({ line, count: 1 });
  }
  return write(
    process,
    runs.map(({ line, count }) => (flags.has('c') ? `${String(count).padStart(7)} ${line}` : line)),
  );
}

async function cut(process: Process): Promise<number> {
  const { values, rest } = optionsOf('cut', process.args, 'd:f:c:');
  const [from = '1', to = from] = (values.get('f') ?? values.get('c') ?? '1').split('-');
  const end = to === '' ? undefined : Number(to);
  const delimiter = values.has('c') ? '' : (values.get('d') ?? '\t');
  const lines = await linesOf('cut', process, rest);
  return write(
    process,
    lines.map((line) =>
      line
        .split(delimiter)
        .slice(Number(from) - 1, end)
        .join(delimiter),
    ),
  );
}

async function tr(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('tr', process.args, 'ds');
  const set = (text = '') => [...unescaped(text).replace(/(.)-(.)/g, (_, a: string, b: string) => rangeOf(a, b))];
  const [from, to] = [set(rest[0]), set(rest[1])];
  const text = (await readAll(process.input)).toString('utf8');
  const changed = [...text].map((each) => {
    const index = from.indexOf(each);
    if (index < 0) return each;
    return flags.has('d') ? '' : (to[Math.min(index, to.length - 1)] ?? each);
  });
  await process.out(changed.join(''));
  return 0;
}

function rangeOf(from: string, to: string): string {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => String.fromCharCode(first + index)).join(
    '',
  );
}

/** Substitutions alone: `s/a/b/g`. */
async function sed(process: Process): Promise<number> {
  const { values, rest } = optionsOf('sed', process.args, 'e:rE');
  const [script = '', ...names] = [...(values.has('e') ? [values.get('e') ?? ''] : []), ...rest];
  const match = /^s(.)((?:\\.|(?!\1).)*)\1((?:\\.|(?!\1).)*)\1([gi]*)$/su.exec(script);
  if (match === null) throw new Failed(`sed: unsupported command ${script}`);
  const expression = new RegExp(match[2] ?? '', `u${match[4]}`);
  const by = (match[3] ?? '').replace(/\\(\d)/g, '$$$1').replace(/&/g, '$$&');
  const lines = await linesOf('sed', process, names);
  return write(
    process,
    guarded('sed', () => lines.map((line) => line.replace(expression, by))),
  );
}

/** @throws Failed for a pattern that takes more than half a second */
function guarded<T>(program: string, work: () => T): T {
  const made = within(500, () => ({ made: work() }));
  if (made === undefined) throw new Failed(`${program}: the pattern takes too long`, 2);
  return made.made;
}

async function seq({ args, out }: Process): Promise<number> {
  const numbers = args.map(Number);
  const [first, last] = numbers.length > 1 ? [numbers[0] ?? 1, numbers.at(-1) ?? 1] : [1, numbers[0] ?? 0];
  const step = numbers.length > 2 ? numbers[1] || 1 : 1;
  if (Math.abs((last - first) / step) > 100_000) throw new Failed('seq: too many numbers');
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) await out(`${value}\n`);
  return 0;
}

async function base64(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('base64', process.args, 'dw:');
  const bytes = await contentOf('base64', process, rest);
  if (flags.has('d')) await process.out(Buffer.from(bytes.toString('utf8'), 'base64'));
  else await process.out(`${bytes.toString('base64')}\n`);
  return 0;
}

async function sum(process: Process, algorithm: 'md5' | 'sha256'): Promise<number> {
  for (const name of process.args.length === 0 ? ['-'] : process.args) {
    const bytes = await contentOf(`${algorithm}sum`, process, [name]);
    await process.out(`${createHash(algorithm).update(bytes).digest('hex')}  ${name}\n`);
  }
  return 0;
}
