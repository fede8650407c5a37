import { RenderError } from './errors.ts';
import { evaluate, parseExpression, type Scope, splitText, toCel } from './expressions.ts';

/** What a branch without an answer leaves: the key, item or document is not there. */
const removed = Symbol('removed');
type Rendered = unknown | typeof removed;

const maxSteps = 200_000;
const maxNodes = 20_000;
const maxDepth = 40;
const maxLoops = 3;

/** Counts what a render costs; a template that runs away is stopped. `perLoop`: what a loop inside an expression costs. */
export type Budget = { steps: number; nodes: number; perLoop: number };

type Place = { scope: Scope; file: string; budget: Budget; depth: number; loops: number };

/**
 * Renders a parsed document: `${ }`, `$if/$then/$else`, `$for/$each`, `$merge`, `$$` for a literal `$`. Results are
 * never read again, so a parameter is one value whatever characters it holds.
 * @returns `undefined` when the whole document is left out
 */
export function renderNode(node: unknown, scope: Scope, file: string, budget: Budget): unknown {
  const value = render(node, { scope, file, budget, depth: 0, loops: 0 });
  return value === removed ? undefined : value;
}

function render(node: unknown, place: Place): Rendered {
  place.budget.steps += 1;
  place.budget.nodes += 1;
  checkBudget(place);
  if (typeof node === 'string') return renderText(node, place);
  if (Array.isArray(node)) return renderList(node, place);
  if (typeof node === 'object' && node !== null) return renderMap(node as Record<string, unknown>, place);
  return node;
}

/** @throws RenderError `render_too_large` naming what is too much */
function checkBudget({ budget, depth, file }: Place): void {
  const over =
    budget.steps > maxSteps
      ? `takes more than ${maxSteps} steps`
      : budget.nodes > maxNodes
        ? `makes more than ${maxNodes} nodes`
        : depth > maxDepth
          ? `is nested more than ${maxDepth} deep`
          : undefined;
  if (over !== undefined) throw new RenderError('render_too_large', `The template ${over}.`, file);
}

/** Evaluates, and counts the loops inside of the expression. */
function ask(expression: string, place: Place): unknown {
  const value = evaluate(expression, place.scope, place.file);
  if (parseExpression(expression).loops > 0) {
    place.budget.steps += place.budget.perLoop;
    checkBudget(place);
  }
  return value;
}

function deeper(place: Place, scope = place.scope): Place {
  return { ...place, scope, depth: place.depth + 1 };
}

function renderText(text: string, place: Place): Rendered {
  const parts = splitText(text, place.file);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'expression' in only) {
    const value = ask(only.expression, place);
    place.budget.nodes += countNodes(value);
    checkBudget(place);
    return value === null || value === undefined ? removed : value;
  }
  return parts
    .map((part) => {
      if ('literal' in part) return part.literal;
      const value = ask(part.expression, place);
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new RenderError(
          'render_failed',
          `\${ ${part.expression} } inside text must be a string, a number or true/false.`,
          place.file,
        );
      }
      return String(value);
    })
    .join('');
}

/** Nodes of a value, itself counted. */
export function countNodes(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countNodes(item), 1);
  if (typeof value === 'object' && value !== null)
    return Object.values(value).reduce<number>((sum, item) => sum + countNodes(item), 1);
  return 1;
}

function renderList(items: readonly unknown[], place: Place): unknown[] {
  return items.flatMap((item) => {
    const value = render(item, deeper(place));
    if (value === removed) return [];
    // A loop gives a list, which joins the list it stands in.
    return isOperator(item, '$for') && Array.isArray(value) ? value : [value];
  });
}

function isOperator(node: unknown, key: string): boolean {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, key);
}

function renderMap(map: Record<string, unknown>, place: Place): Rendered {
  if (Object.hasOwn(map, '$if')) return renderIf(map, place);
  if (Object.hasOwn(map, '$for')) return renderFor(map, place);
  if (Object.hasOwn(map, '$merge')) return renderMerge(map, place);
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(map)) {
    if (key.startsWith('$') && !key.startsWith('$$'))
      throw new RenderError('render_failed', `${key} is not an operator.`, place.file);
    const name = key.startsWith('$$')
      ? key.slice(1)
      : splitText(key, place.file).length === 1 && !key.includes('${')
        ? key
        : String(renderText(key, place));
    const value = render(item, deeper(place));
    if (value !== removed) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

function onlyKeys(map: Record<string, unknown>, keys: readonly string[], place: Place): void {
  const other = Object.keys(map).find((key) => !keys.includes(key));
  if (other !== undefined)
    throw new RenderError(
      'render_failed',
      `${keys[0]} takes only ${keys.slice(1).join(', ')}, not ${other}.`,
      place.file,
    );
}

function renderIf(map: Record<string, unknown>, place: Place): Rendered {
  onlyKeys(map, ['$if', '$then', '$else'], place);
  const condition = ask(String(map.$if), place);
  if (typeof condition !== 'boolean')
    throw new RenderError('render_failed', `$if: ${String(map.$if)} must be true or false.`, place.file);
  const branch = condition ? map.$then : map.$else;
  return branch === undefined ? removed : render(branch, deeper(place));
}

function renderFor(map: Record<string, unknown>, place: Place): unknown[] {
  onlyKeys(map, ['$for', '$each'], place);
  if (place.loops >= maxLoops)
    throw new RenderError('render_too_large', `Loops nest at most ${maxLoops} deep.`, place.file);
  const match = /^\s*([a-zA-Z_]\w*)\s*(?:,\s*([a-zA-Z_]\w*)\s*)?\bin\b\s*(.+)$/s.exec(String(map.$for));
  if (match === null)
    throw new RenderError('render_failed', '$for is written "x in list" or "k, v in map".', place.file);
  const [, first = '', second, expression = ''] = match;
  const value = ask(expression, place);
  if (typeof value !== 'object' || value === null)
    throw new RenderError('render_failed', `$for: ${expression} is neither list nor map.`, place.file);
  // Maps in key order, so that the same parameters always give the same bytes.
  const rounds: [unknown, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [second === undefined ? item : index, item])
    : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return rounds.flatMap(([key, item]) => {
    const scope = { ...place.scope, [first]: toCel(key), ...(second === undefined ? {} : { [second]: toCel(item) }) };
    const rendered = render(map.$each, { ...deeper(place, scope), loops: place.loops + 1 });
    return rendered === removed ? [] : [rendered];
  });
}

function renderMerge(map: Record<string, unknown>, place: Place): Record<string, unknown> {
  onlyKeys(map, ['$merge'], place);
  const parts = render(map.$merge, deeper(place));
  if (!Array.isArray(parts)) throw new RenderError('render_failed', '$merge takes a list of maps.', place.file);
  // As entries: an assignment would take a key named __proto__ for the prototype.
  return Object.fromEntries(
    parts.flatMap((part: unknown) => {
      if (typeof part !== 'object' || part === null || Array.isArray(part))
        throw new RenderError('render_failed', '$merge takes a list of maps.', place.file);
      return Object.entries(part);
    }),
  );
}
