import type { ASTNode } from '@marcbachmann/cel-js';
import type { Bundle } from './bundle-types.ts';
import { BundleError, RenderError } from './errors.ts';
import { childrenOf, firstLine, parseExpression, splitText } from './expressions.ts';

type Tainted = ReadonlySet<string>;
type Place = { file: string; schema: Record<string, unknown>; tainted: Tainted };

/**
 * Reads every expression of a bundle before anything is rendered: each must be CEL, ask only for parameters the schema
 * has, and name an object (`apiVersion`, `kind`, `metadata.name`) or select pods by parameters only where that is safe.
 * @throws BundleError that names file and expression
 */
export function checkDocuments(bundle: Pick<Bundle, 'documents' | 'locals' | 'schema'>): void {
  const tainted = new Set(['params']);
  for (const node of Object.values(bundle.locals)) {
    const place = { file: 'template.yaml', schema: bundle.schema, tainted };
    checkNode(node, place);
    if (isTainted(node, place)) tainted.add('local');
  }
  for (const { file, node } of bundle.documents) {
    const place = { file, schema: bundle.schema, tainted };
    checkNode(node, place);
    checkRoot(node, place);
  }
}

function checkNode(node: unknown, place: Place): void {
  if (typeof node === 'string') {
    for (const expression of expressionsIn(node, place.file)) checkExpression(expression, place);
  } else if (Array.isArray(node)) {
    for (const item of node) checkNode(item, place);
  } else if (typeof node === 'object' && node !== null) {
    for (const [key, item] of Object.entries(node)) {
      if (key === '$if') checkExpression(String(item), place);
      else if (key === '$for') checkExpression(loopOf(String(item), place.file).over, place);
      else checkNode(item, place);
      if (!key.startsWith('$')) checkNode(key, place);
    }
  }
}

function expressionsIn(text: string, file: string): string[] {
  try {
    return splitText(text, file).flatMap((part) => ('expression' in part ? [part.expression] : []));
  } catch (error) {
    throw error instanceof RenderError ? new BundleError(file, firstLine(error).replace(`${file}: `, '')) : error;
  }
}

function checkExpression(expression: string, { file, schema }: Place): void {
  for (const path of parameterPaths(astOf(expression, file))) {
    const missing = missingIn(schema, path);
    if (missing !== undefined)
      throw new BundleError(file, `\${ ${expression} }: the schema has no parameter ${missing}`);
  }
}

function astOf(expression: string, file: string): ASTNode {
  try {
    return parseExpression(expression).ast;
  } catch (error) {
    throw new BundleError(file, `\${ ${expression.slice(0, 200)} }: ${firstLine(error)}`);
  }
}

/** Variables and the expression of `x in list` and `k, v in map`. */
function loopOf(text: string, file: string): { names: string[]; over: string } {
  const match = /^\s*([a-zA-Z_]\w*)\s*(?:,\s*([a-zA-Z_]\w*)\s*)?\bin\b\s*(.+)$/s.exec(text);
  if (match === null) throw new BundleError(file, '$for is written "x in list" or "k, v in map"');
  return { names: [match[1], match[2]].filter((name) => name !== undefined), over: match[3] ?? '' };
}

/** Parameters an expression asks for, as paths: `params.probe.path` → `['probe', 'path']`. */
export function parameterPaths(node: ASTNode): string[][] {
  const path = pathOf(node);
  if (path?.[0] === 'params') return [path.slice(1)];
  return childrenOf(node).flatMap(parameterPaths);
}

function pathOf(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.' && node.op !== '.?') return undefined;
  const [of, name] = node.args;
  const path = pathOf(of);
  return path === undefined ? undefined : [...path, name];
}

/** The first part of a path that the schema does not know; `undefined` when it does, or cannot tell. */
function missingIn(schema: Record<string, unknown>, path: readonly string[]): string | undefined {
  let at: Record<string, unknown> = schema;
  for (const [index, key] of path.entries()) {
    // A part that is of any type may hold anything.
    if (at.type === undefined && at.properties === undefined) return undefined;
    const properties = at.properties as Record<string, unknown> | undefined;
    const next: unknown = properties?.[key] ?? at.additionalProperties;
    if (next === undefined || next === false) return path.slice(0, index + 1).join('.');
    if (typeof next !== 'object' || next === null || '$ref' in next) return undefined;
    at = next as Record<string, unknown>;
  }
  return undefined;
}

/** Descends through the operators to the objects a document makes. */
function checkRoot(node: unknown, place: Place): void {
  if (Array.isArray(node)) for (const item of node) checkRoot(item, place);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  const map = node as Record<string, unknown>;
  if ('$for' in map) {
    const { names, over } = loopOf(String(map.$for), place.file);
    const isOver = mentions(astOf(over, place.file), place.tainted, false);
    checkRoot(map.$each, isOver ? { ...place, tainted: new Set([...place.tainted, ...names]) } : place);
  } else if ('$if' in map || '$merge' in map) {
    for (const part of [map.$then, map.$else, map.$merge]) checkRoot(part, place);
  } else {
    checkNames(map, place);
  }
}

function checkNames(map: Record<string, unknown>, place: Place): void {
  const named: [string, unknown][] = [
    ['apiVersion', map.apiVersion],
    ['kind', map.kind],
    ['metadata.name', (map.metadata as Record<string, unknown> | undefined)?.name],
  ];
  for (const [field, value] of named) {
    if (isTainted(value, place))
      throw new BundleError(place.file, `${field} takes parameters only through dns(): a name must stay a name`);
  }
  const selector = (map.spec as Record<string, unknown> | undefined)?.selector;
  const all = { ...place, tainted: new Set([...place.tainted, 'images']) };
  if (isTainted(selector, all))
    throw new BundleError(
      place.file,
      'spec.selector must not depend on parameters or images: it cannot be changed later',
    );
}

/** Whether a node holds a tainted value as it is, outside of `dns()`. */
function isTainted(node: unknown, place: Place): boolean {
  if (typeof node === 'string')
    return expressionsIn(node, place.file).some((text) => mentions(astOf(text, place.file), place.tainted, true));
  if (Array.isArray(node)) return node.some((item) => isTainted(item, place));
  if (typeof node !== 'object' || node === null) return false;
  return Object.entries(node).some(([key, item]) =>
    key === '$if'
      ? mentions(astOf(String(item), place.file), place.tainted, true)
      : key === '$for'
        ? mentions(astOf(loopOf(String(item), place.file).over, place.file), place.tainted, true)
        : isTainted(item, place),
  );
}

function mentions(node: ASTNode, names: Tainted, exceptDns: boolean): boolean {
  if (node.op === 'id') return names.has(node.args);
  if (exceptDns && node.op === 'call' && node.args[0] === 'dns') return false;
  return childrenOf(node).some((child) => mentions(child, names, exceptDns));
}
