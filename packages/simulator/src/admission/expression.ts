import { isDeepStrictEqual } from 'node:util';
import { isMap } from '../objects/types.ts';

/** A condition of a policy, as far as it is understood: paths, literals, comparisons, `has`, `all`, `exists`, `in`. */
export type Condition = (names: Readonly<Record<string, unknown>>) => unknown;

/** What is no expression, or one that is not understood here. */
export class ExpressionFault extends Error {
  override readonly name = 'ExpressionFault';
}

const token =
  /\s*(?:(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(&&|\|\||==|!=|<=|>=|[<>!().,[\]]))/y;

/** Compiles a part of CEL. @throws ExpressionFault */
export function compile(text: string): Condition {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const place = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new ExpressionFault(`Syntax error: token recognition error at: '${text.slice(place)}'`);
    tokens.push(match[0].trim());
  }
  let place = 0;
  const peek = () => tokens[place];
  const take = (wanted?: string) => {
    const next = tokens[place];
    if (next === undefined || (wanted !== undefined && next !== wanted))
      throw new ExpressionFault(`Syntax error: ${wanted ?? 'an operand'} expected at '${next ?? '<EOF>'}'`);
    place += 1;
    return next;
  };

  function either(): Condition {
    let left = both();
    while (peek() === '||') {
      take();
      const [a, b] = [left, both()];
      left = (names) => a(names) === true || b(names) === true;
    }
    return left;
  }

  function both(): Condition {
    let left = compared();
    while (peek() === '&&') {
      take();
      const [a, b] = [left, compared()];
      left = (names) => a(names) === true && b(names) === true;
    }
    return left;
  }

  function compared(): Condition {
    const left = single();
    const operator = peek() ?? '';
    if (!['==', '!=', '<', '>', '<=', '>=', 'in'].includes(operator)) return left;
    take();
    const right = single();
    return (names) => compare(operator, left(names), right(names));
  }

  function single(): Condition {
    const next = take();
    if (next === '!') {
      const inner = single();
      return (names) => inner(names) !== true;
    }
    if (next === '(') {
      const inner = either();
      take(')');
      return after(inner);
    }
    if (next === '[') {
      const items: Condition[] = [];
      while (peek() !== ']') {
        items.push(either());
        if (peek() === ',') take();
      }
      take(']');
      return after((names) => items.map((item) => item(names)));
    }
    if (/^\d/.test(next)) return () => Number(next);
    if (/^["']/.test(next)) return after(() => next.slice(1, -1).replace(/\\(.)/g, '$1'));
    if (next === 'true' || next === 'false') return () => next === 'true';
    if (next === 'has' && peek() === '(') {
      take('(');
      const inner = either();
      take(')');
      return (names) => inner(names) !== undefined;
    }
    if (!/^[A-Za-z_]/.test(next)) throw new ExpressionFault(`Syntax error: unexpected '${next}'`);
    return after((names) => (Object.hasOwn(names, next) ? names[next] : undefined));
  }

  /** Fields, elements and methods behind a value. */
  function after(value: Condition): Condition {
    if (peek() === '[') {
      take();
      const key = either();
      take(']');
      return after((names) => fieldOf(value(names), key(names)));
    }
    if (peek() !== '.') return value;
    take();
    const name = take();
    if (peek() !== '(') return after((names) => fieldOf(value(names), name));
    take('(');
    if (name === 'all' || name === 'exists') {
      const variable = take();
      take(',');
      const inner = either();
      take(')');
      const holds = (names: Readonly<Record<string, unknown>>) => (each: unknown) =>
        inner({ ...names, [variable]: each }) === true;
      return after((names) =>
        name === 'all' ? list(value(names)).every(holds(names)) : list(value(names)).some(holds(names)),
      );
    }
    const argument = peek() === ')' ? undefined : either();
    take(')');
    return after((names) => method(name, value(names), argument?.(names)));
  }

  const made = either();
  if (place < tokens.length) throw new ExpressionFault(`Syntax error: extraneous input '${peek()}'`);
  return made;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isMap(value) ? Object.keys(value) : [];
}

function fieldOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isMap(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : undefined;
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  if (operator === '==') return isDeepStrictEqual(left, right);
  if (operator === '!=') return !isDeepStrictEqual(left, right);
  if (operator === 'in') return list(right).some((each) => isDeepStrictEqual(each, left));
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const [a, b] = [left, right as typeof left];
  if (operator === '<') return a < b;
  if (operator === '>') return a > b;
  return operator === '<=' ? a <= b : a >= b;
}

function method(name: string, value: unknown, argument: unknown): unknown {
  const [text, part] = [String(value), String(argument)];
  switch (name) {
    case 'startsWith':
      return text.startsWith(part);
    case 'endsWith':
      return text.endsWith(part);
    case 'contains':
      return text.includes(part);
    case 'size':
      return typeof value === 'string' ? value.length : list(value).length;
    default:
      throw new ExpressionFault(`undeclared reference to '${name}'`);
  }
}
