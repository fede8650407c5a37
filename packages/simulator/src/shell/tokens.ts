/** What is no command line. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
}

/** The line goes on: a quote, a block or an operator is open. */
export class Unfinished extends SyntaxFault {}

/** A piece of a word: text as it stands, a variable, or what a command says. */
export type Piece =
  | { is: 'text'; text: string; isQuoted: boolean }
  | { is: 'variable'; name: string; otherwise: string | undefined; isQuoted: boolean }
  | { is: 'command'; source: string; isQuoted: boolean };
export type Word = Piece[];
export type Token =
  | { is: 'word'; word: Word }
  | { is: 'operator'; text: string }
  | { is: 'redirect'; from: number; way: '<' | '>' | '>>'; toStream?: number };

/** Splits a command line. @throws Unfinished where a quote or a bracket is open */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let place = 0;
  const ahead = (pattern: RegExp) => {
    pattern.lastIndex = place;
    return pattern.exec(text);
  };
  while (place < text.length) {
    const skipped = ahead(/(?:[ \t\r]|\\\n)+|#[^\n]*/y);
    if (skipped !== null) {
      place += skipped[0].length;
      continue;
    }
    const joined = ahead(/(\d?)(?:>>?|<)&(\d)/y);
    if (joined !== null) {
      place += joined[0].length;
      tokens.push({ is: 'redirect', from: Number(joined[1] || 1), way: '>', toStream: Number(joined[2]) });
      continue;
    }
    const redirect = ahead(/(\d?)(>>|>|<)/y);
    if (redirect !== null) {
      place += redirect[0].length;
      const way = redirect[2] as '<' | '>' | '>>';
      tokens.push({ is: 'redirect', from: redirect[1] === '' ? (way === '<' ? 0 : 1) : Number(redirect[1]), way });
      continue;
    }
    const operator = ahead(/&&|\|\||[;|&()\n]/y);
    if (operator !== null) {
      place += operator[0].length;
      tokens.push({ is: 'operator', text: operator[0] });
      continue;
    }
    tokens.push({ is: 'word', word: wordAt() });
  }
  return tokens;

  function wordAt(): Word {
    const pieces: Word = [];
    const add = (more: string, isQuoted: boolean) => {
      const last = pieces.at(-1);
      if (last?.is === 'text' && last.isQuoted === isQuoted) last.text += more;
      else pieces.push({ is: 'text', text: more, isQuoted });
    };
    while (ahead(/[ \t]/y) !== null) place += 1;
    for (;;) {
      const run = ahead(/[^\s;|&()<>"'\\$`]+/y);
      const character = text[place];
      if (run !== null) {
        add(run[0], false);
        place += run[0].length;
      } else if (character === '\\') {
        if (place + 1 >= text.length) throw new Unfinished('the line goes on');
        if (text[place + 1] !== '\n') add(text[place + 1] ?? '', true);
        place += 2;
      } else if (character === "'") {
        const end = text.indexOf("'", place + 1);
        if (end < 0) throw new Unfinished('unterminated quoted string');
        add(text.slice(place + 1, end), true);
        place = end + 1;
      } else if (character === '"') quoted();
      else if (character === '$' || character === '`') dollar(false);
      else return pieces;
    }

    function quoted(): void {
      place += 1;
      add('', true);
      for (;;) {
        const run = ahead(/[^"\\$`]+/y);
        const character = text[place];
        if (character === undefined) throw new Unfinished('unterminated quoted string');
        if (run !== null) {
          add(run[0], true);
          place += run[0].length;
        } else if (character === '"') {
          place += 1;
          return;
        } else if (character === '\\') {
          const next = text[place + 1] ?? '';
          add('"\\$`'.includes(next) ? next : next === '\n' ? '' : `\\${next}`, true);
          place += 2;
        } else dollar(true);
      }
    }

    function dollar(isQuoted: boolean): void {
      const variable = ahead(/\$(?:([A-Za-z_]\w*|[?#@*$!\d])|\{([A-Za-z_]\w*|[?#@*$\d])(?::?-([^}]*))?\})/y);
      if (variable !== null) {
        place += variable[0].length;
        pieces.push({
          is: 'variable',
          name: variable[1] ?? variable[2] ?? '',
          otherwise: variable[3],
          isQuoted,
        });
      } else if (text[place] === '`' || text.startsWith('$(', place)) {
        const source = enclosed();
        pieces.push({ is: 'command', source, isQuoted });
      } else if (text.startsWith('${', place)) throw new SyntaxFault('bad substitution');
      else {
        add('$', isQuoted);
        place += 1;
      }
    }

    /** The command between back quotes, or between `$(` and its bracket. */
    function enclosed(): string {
      if (text[place] === '`') {
        const end = text.indexOf('`', place + 1);
        if (end < 0) throw new Unfinished('unterminated command');
        const source = text.slice(place + 1, end);
        place = end + 1;
        return source;
      }
      let depth = 0;
      for (let end = place + 1; end < text.length; end += 1) {
        if (text[end] === '(') depth += 1;
        if (text[end] !== ')') continue;
        depth -= 1;
        if (depth > 0) continue;
        const source = text.slice(place + 2, end);
        place = end + 1;
        return source;
      }
      throw new Unfinished('unterminated command');
    }
  }
}
