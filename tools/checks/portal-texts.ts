import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './sources.ts';

type Node = { type: string; start: number; [key: string]: unknown };
type Parser = {
  parseSync: (file: string, source: string) => { program: Node; errors: readonly { message: string }[] };
};

// Of the portal's own bundler, so that what is checked is read as what is built.
const bundler = createRequire(path.join(root, 'apps/web/package.json')).resolve('vite');
const { parseSync } = (await import(pathToFileURL(bundler).href)) as Parser;

/** Attributes that people read or hear. */
const spoken = new Set([
  'title',
  'label',
  'placeholder',
  'alt',
  'verb',
  'help',
  'none',
  'note',
  'aria-label',
  'description',
]);
/** Properties of objects in components that end on the page: titles of columns, words of a state. */
const shown = new Set(['title', 'label', 'placeholder', 'help', 'word', 'none']);
/** Two small letters in a row: signs and codes in capitals are no words. */
const word = /\p{Ll}{2,}/u;

/**
 * Texts that stand in a component instead of its table of messages: between tags, in what an expression between tags
 * may give, in attributes people read, and in titles and labels of objects. One line per text, with its place.
 */
export function literalTexts(file: string, source: string): string[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) return [`${file}: ${errors[0]?.message}`];
  const found: string[] = [];
  const say = (node: Node, text: string) => {
    if (!word.test(text)) return;
    const line = source.slice(0, node.start).split('\n').length;
    found.push(`${file}:${line}: “${text.trim().replaceAll(/\s+/g, ' ')}” belongs in the table of messages`);
  };

  /** Strings an expression may turn into on the page. */
  function given(node: unknown): void {
    if (!isNode(node)) return;
    if (node.type === 'Literal' && typeof node.value === 'string') say(node, node.value);
    else if (node.type === 'TemplateLiteral')
      for (const part of node.quasis as Node[]) say(part, String((part.value as { cooked?: string }).cooked ?? ''));
    else if (node.type === 'ConditionalExpression') [node.consequent, node.alternate].forEach(given);
    else if (node.type === 'LogicalExpression') given(node.right);
    else if (node.type === 'ParenthesizedExpression') given(node.expression);
  }

  function visit(node: Node, parent: Node | undefined): void {
    if (node.type === 'JSXText') say(node, String(node.value));
    if (node.type === 'JSXExpressionContainer' && parent?.type !== 'JSXAttribute') given(node.expression);
    if (node.type === 'JSXAttribute' && spoken.has(nameOf(node.name))) {
      const value = node.value as Node | null;
      given(value?.type === 'JSXExpressionContainer' ? value.expression : value);
    }
    if (node.type === 'Property' && shown.has(nameOf(node.key))) given(node.value);
    for (const child of childrenOf(node)) visit(child, node);
  }
  visit(program, undefined);
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** `title`, also where it is written `aria-label` or `'title'`. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  return typeof node.name === 'string' ? node.name : typeof node.value === 'string' ? node.value : '';
}
