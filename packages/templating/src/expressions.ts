import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { stringify } from 'yaml';
import { canonicalJson, sha256Hex } from './canonical-json.ts';
import { RenderError } from './errors.ts';
import { readManifests } from './read-yaml.ts';

/** Values expressions see, as CEL takes them (`toCel`): `params`, `local`, `images`, `app`, `env`, `target`, loop variables. */
export type Scope = Readonly<Record<string, unknown>>;

const dnsName = /[^a-z0-9-]+/g;
const maxExpression = 2000;
const maxParsed = 5000;
const macros = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** CEL without clock, chance or backtracking patterns; integers are integers, not doubles. */
function createEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 200, maxDepth: 40, maxListElements: 200, maxMapEntries: 200 },
  });
  environment.registerFunction('dns(string): string', (text: string) => toDns(text));
  environment.registerFunction('hash(dyn): string', (value: unknown) =>
    sha256Hex(canonicalJson(toPlain(value))).slice(0, 10),
  );
  environment.registerFunction('json(dyn): string', (value: unknown) => canonicalJson(toPlain(value)));
  environment.registerFunction('yaml(dyn): string', (value: unknown) => stringify(toPlain(value)));
  environment.registerFunction('quantity(dyn): string', (value: unknown) => String(toPlain(value)));
  environment.registerFunction('manifests(string): list<dyn>', (text: string) => readManifests(text).map(toCel));
  return environment;
}

const environment = createEnvironment();

export type Expression = { run: ReturnType<Environment['parse']>; ast: ASTNode; loops: number };
const parsed = new Map<string, Expression>();

/**
 * Parses an expression, or gives the one parsed before.
 * @throws Error in words, when it is no CEL, too long, or could run for long
 */
export function parseExpression(expression: string): Expression {
  const known = parsed.get(expression);
  if (known !== undefined) return known;
  if (expression.length > maxExpression) throw new Error('The expression is too long.');
  if (/\.\s*matches\s*\(/.test(expression)) throw new Error('matches() is not offered: patterns can take for ever.');
  const run = environment.parse(expression);
  const loops = loopsIn(run.ast);
  // A loop in a loop in a loop over the parameters is how a short expression runs for hours.
  if (loops > 1) throw new Error('Loops such as map() and filter() cannot stand inside each other.');
  if (parsed.size >= maxParsed) parsed.clear();
  const entry = { run, ast: run.ast, loops };
  parsed.set(expression, entry);
  return entry;
}

/** Children of a syntax node, whatever its kind. */
export function childrenOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (typeof value === 'object' && value !== null && 'op' in value) found.push(value as ASTNode);
  };
  if (node.op !== 'value') collect(node.args);
  return found;
}

/** How deep `map()`, `filter()` and their like stand in each other. */
function loopsIn(node: ASTNode): number {
  const own = node.op === 'rcall' && macros.has(node.args[0]) ? 1 : 0;
  return own + childrenOf(node).reduce((most, child) => Math.max(most, loopsIn(child)), 0);
}

/**
 * Evaluates one CEL expression; the result is plain JSON.
 * @throws RenderError
 */
export function evaluate(expression: string, scope: Scope, file: string): unknown {
  try {
    return toPlain(parseExpression(expression).run(scope as Record<string, unknown>));
  } catch (error) {
    throw new RenderError('render_failed', `\${ ${expression} }: ${firstLine(error)}`, file);
  }
}

/** What a library says, without the excerpt it adds. */
export function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

/** A name Kubernetes takes: lower case, digits and dashes, at most 63 characters. */
function toDns(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(dnsName, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
}

/** CEL takes a JavaScript number for a double, so whole numbers go in as integers. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
  return value;
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), toPlain(item)]));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]));
  return value;
}

export type TextPart = { literal: string } | { expression: string };

/**
 * Splits text at `${ … }`; `$${` is a literal `${`. An expression ends at its own brace, outside CEL's quotes.
 * @throws RenderError for a brace that never closes
 */
export function splitText(text: string, file: string): TextPart[] {
  const parts: TextPart[] = [];
  let literal = '';
  let index = 0;
  while (index < text.length) {
    if (text.startsWith('$${', index)) {
      literal += '${';
      index += 3;
    } else if (text.startsWith('${', index)) {
      const end = closingBrace(text, index + 2);
      if (end === undefined)
        throw new RenderError('render_failed', `"\${" without its "}" in ${text.slice(0, 80)}`, file);
      if (literal !== '') parts.push({ literal });
      literal = '';
      parts.push({ expression: text.slice(index + 2, end).trim() });
      index = end + 1;
    } else {
      literal += text[index];
      index += 1;
    }
  }
  if (literal !== '' || parts.length === 0) parts.push({ literal });
  return parts;
}

function closingBrace(text: string, from: number): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  for (let index = from; index < text.length; index += 1) {
    const char = text[index];
    if (quote !== undefined) {
      if (char === '\\') index += 1;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      if (depth === 0) return index;
      depth -= 1;
    }
  }
  return undefined;
}
