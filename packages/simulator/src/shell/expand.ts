import { resolvePath } from './file-tree.ts';
import { fitsPattern } from './pattern.ts';
import type { Process } from './process.ts';
import type { Piece, Word } from './tokens.ts';

/** What words are made of beside their text. */
export type Values = {
  variable(name: string): string | undefined;
  /** What a command writes, without the line ends behind it. */
  said(source: string): Promise<string>;
};

/** One word as one text, whatever is in it: as an assignment or a redirect takes it. */
export async function textOfWord(word: Word, values: Values): Promise<string> {
  const parts: string[] = [];
  for (const piece of word) parts.push(await textOfPiece(piece, values));
  return parts.join('');
}

/** Words as arguments: what is not quoted is split at blanks, and stars find files. */
export async function argumentsOf(
  words: readonly Word[],
  values: Values,
  process: Pick<Process, 'folder' | 'container'>,
): Promise<string[]> {
  const made: string[] = [];
  for (const word of words)
    for (const field of await fieldsOf(word, values)) {
      const found = field.hasStar ? filesLike(field.text, process) : [];
      made.push(...(found.length > 0 ? found : [field.text]));
    }
  return made;
}

type Field = { text: string; hasStar: boolean };

async function fieldsOf(word: Word, values: Values): Promise<Field[]> {
  const fields: Field[] = [];
  let current: Field | undefined;
  const add = (text: string, hasStar: boolean) => {
    current = { text: `${current?.text ?? ''}${text}`, hasStar: hasStar || current?.hasStar === true };
  };
  for (const [index, piece] of word.entries()) {
    const value = await textOfPiece(piece, values);
    if (piece.isQuoted) add(value, false);
    else if (piece.is === 'text') {
      const home = index === 0 && /^~(\/|$)/.test(value) ? (values.variable('HOME') ?? '/') + value.slice(1) : value;
      add(home, /[*?]/.test(home));
    } else {
      const [first = '', ...rest] = value.split(/\s+/);
      if (first !== '') add(first, /[*?]/.test(first));
      for (const next of rest) {
        if (current !== undefined) fields.push(current);
        current = next === '' ? undefined : { text: next, hasStar: /[*?]/.test(next) };
      }
    }
  }
  return current === undefined ? fields : [...fields, current];
}

async function textOfPiece(piece: Piece, values: Values): Promise<string> {
  if (piece.is === 'text') return piece.text;
  if (piece.is === 'command') return values.said(piece.source);
  return values.variable(piece.name) || (piece.otherwise ?? '');
}

/** Paths that a pattern with `*` and `?` fits, in order. */
function filesLike(pattern: string, { folder, container }: Pick<Process, 'folder' | 'container'>): string[] {
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const step of pattern.split('/').filter((each) => each !== '')) {
    found = found.flatMap((base) => {
      const node = container.files.find(resolvePath(folder, base === '' ? '.' : base));
      if (node?.kind !== 'folder') return [];
      const names = [...node.entries.keys()].filter(
        (name) => fitsPattern(name, step) && (step[0] === '.' || name[0] !== '.'),
      );
      return names.sort().map((name) => (base === '' || base.endsWith('/') ? `${base}${name}` : `${base}/${name}`));
    });
  }
  return found;
}
