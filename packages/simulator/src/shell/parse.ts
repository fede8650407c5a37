import { SyntaxFault, type Token, tokensOf, Unfinished, type Word } from './tokens.ts';

/** What a command line says, as a tree. */
export type Redirect = { from: number; to: { file: Word; append: boolean } | { stream: number } | { input: Word } };
export type Command =
  | { is: 'simple'; assigned: [name: string, value: Word][]; words: Word[]; redirects: Redirect[] }
  | { is: 'group'; list: List; isApart: boolean; redirects: Redirect[] }
  | { is: 'if'; branches: { when: List; run: List }[]; otherwise: List | undefined; redirects: Redirect[] }
  | { is: 'loop'; until: boolean; when: List; body: List; redirects: Redirect[] }
  | { is: 'for'; name: string; words: Word[]; body: List; redirects: Redirect[] };
export type Pipeline = { isNegated: boolean; commands: Command[] };
/** `join` says when a pipeline runs, by the one before it. */
export type List = { join: 'always' | 'and' | 'or'; pipeline: Pipeline }[];

const closing = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}', ')']);

/** @throws SyntaxFault, Unfinished */
export function parse(text: string): List {
  const tokens = tokensOf(text);
  let place = 0;
  const peek = () => tokens[place];
  const isOperator = (...kinds: string[]) => {
    const token = peek();
    return token?.is === 'operator' && kinds.includes(token.text);
  };
  /** An unquoted word, which may be one of the language. */
  const plain = (token: Token | undefined = peek()) =>
    token?.is === 'word' && token.word.length === 1 && token.word[0]?.is === 'text' && !token.word[0].isQuoted
      ? token.word[0].text
      : undefined;

  function expect(word: string): void {
    if (peek() === undefined) throw new Unfinished(`expected ${word}`);
    if (plain() !== word && !isOperator(word)) throw unexpected();
    place += 1;
  }

  function unexpected(): SyntaxFault {
    const token = peek();
    if (token === undefined) return new Unfinished('unexpected end of input');
    return new SyntaxFault(`syntax error: unexpected ${token.is === 'operator' ? `"${token.text}"` : 'word'}`);
  }

  function skipLines(): void {
    while (isOperator('\n')) place += 1;
  }

  function list(): List {
    const made: List = [];
    let join: List[number]['join'] = 'always';
    for (;;) {
      while (isOperator('\n', ';', '&')) place += 1;
      const word = plain();
      if (peek() === undefined || isOperator(')') || (word !== undefined && closing.has(word))) break;
      made.push({ join, pipeline: pipeline() });
      join = 'always';
      if (isOperator('&&', '||')) {
        join = isOperator('&&') ? 'and' : 'or';
        place += 1;
        skipLines();
        if (peek() === undefined) throw new Unfinished('a command is missing');
      } else if (!isOperator('\n', ';', '&', ')') && peek() !== undefined && !closing.has(plain() ?? '')) {
        throw unexpected();
      }
    }
    return made;
  }

  function pipeline(): Pipeline {
    const isNegated = plain() === '!';
    if (isNegated) place += 1;
    const commands = [command()];
    while (isOperator('|')) {
      place += 1;
      skipLines();
      commands.push(command());
    }
    return { isNegated, commands };
  }

  function body(opening: string, end: string): List {
    expect(opening);
    const made = list();
    expect(end);
    return made;
  }

  function command(): Command {
    if (isOperator('(')) {
      place += 1;
      const inner = list();
      expect(')');
      return { is: 'group', list: inner, isApart: true, redirects: redirects() };
    }
    const word = plain();
    if (word === '{') return { is: 'group', list: body('{', '}'), isApart: false, redirects: redirects() };
    if (word === 'if') return choice();
    if (word === 'while' || word === 'until') {
      place += 1;
      const when = list();
      return { is: 'loop', until: word === 'until', when, body: body('do', 'done'), redirects: redirects() };
    }
    if (word === 'for') return forEach();
    return simple();
  }

  function choice(): Command {
    const branches: { when: List; run: List }[] = [];
    let otherwise: List | undefined;
    place += 1;
    for (;;) {
      const when = list();
      expect('then');
      branches.push({ when, run: list() });
      if (plain() !== 'elif') break;
      place += 1;
    }
    if (plain() === 'else') {
      place += 1;
      otherwise = list();
    }
    expect('fi');
    return { is: 'if', branches, otherwise, redirects: redirects() };
  }

  function forEach(): Command {
    place += 1;
    const name = plain();
    if (name === undefined) throw unexpected();
    place += 1;
    const words: Word[] = [];
    if (plain() === 'in') {
      place += 1;
      for (let token = peek(); token?.is === 'word'; token = peek()) {
        words.push(token.word);
        place += 1;
      }
    }
    while (isOperator('\n', ';')) place += 1;
    return { is: 'for', name, words, body: body('do', 'done'), redirects: redirects() };
  }

  function simple(): Command {
    const assigned: [string, Word][] = [];
    const words: Word[] = [];
    const made: Redirect[] = [];
    for (;;) {
      const redirect = oneRedirect();
      const token = peek();
      if (redirect !== undefined) made.push(redirect);
      else if (token?.is !== 'word') break;
      else {
        place += 1;
        const pair = words.length === 0 ? assignmentOf(token.word) : undefined;
        if (pair === undefined) words.push(token.word);
        else assigned.push(pair);
      }
    }
    if (words.length + assigned.length + made.length === 0) throw unexpected();
    return { is: 'simple', assigned, words, redirects: made };
  }

  function redirects(): Redirect[] {
    const made: Redirect[] = [];
    for (let next = oneRedirect(); next !== undefined; next = oneRedirect()) made.push(next);
    return made;
  }

  function oneRedirect(): Redirect | undefined {
    const token = peek();
    if (token?.is !== 'redirect') return undefined;
    place += 1;
    if (token.toStream !== undefined) return { from: token.from, to: { stream: token.toStream } };
    const target = peek();
    if (target?.is !== 'word') throw unexpected();
    place += 1;
    const { from, way } = token;
    return { from, to: way === '<' ? { input: target.word } : { file: target.word, append: way === '>>' } };
  }

  const made = list();
  if (peek() !== undefined) throw unexpected();
  return made;
}

function assignmentOf([first, ...rest]: Word): [name: string, value: Word] | undefined {
  const match = first?.is === 'text' && !first.isQuoted ? /^([A-Za-z_]\w*)=(.*)$/s.exec(first.text) : null;
  if (match === null) return undefined;
  const begin = { is: 'text' as const, text: match[2] ?? '', isQuoted: false };
  return [match[1] ?? '', match[2] === '' ? rest : [begin, ...rest]];
}
