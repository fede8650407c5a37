import { parseDocument } from 'yaml';

const maxBytes = 1024 * 1024;
const maxAliases = 50;
const maxDepth = 64;

/**
 * Parses YAML (or JSON) from strangers: size, nesting and alias expansion are bounded before and while parsing, keys
 * are unique, merge keys and custom tags are off.
 * @throws Error in words for a person
 */
export function parseYaml(text: string): unknown {
  if (Buffer.byteLength(text) > maxBytes) throw new Error('It is larger than 1 MiB.');
  if (nesting(text) > maxDepth) throw new Error(`It is nested deeper than ${maxDepth} levels.`);
  const document = parseDocument(text, { merge: false, schema: 'core', uniqueKeys: true, strict: true });
  const problem = document.errors[0];
  if (problem !== undefined) throw new Error(`Line ${problem.linePos?.[0].line ?? '?'}: ${problem.code}.`);
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch {
    throw new Error('It uses too many aliases, or one that is not defined.');
  }
}

/** An upper bound of the depth without parsing: brackets, plus levels of indentation. */
function nesting(text: string): number {
  let flow = 0;
  let deepest = 0;
  let atLineStart = true;
  const indents: number[] = [];
  let indent = 0;
  for (const character of text) {
    if (character === '\n') {
      atLineStart = true;
      indent = 0;
      continue;
    }
    // `- - - -` nests once per dash without any line break.
    if (atLineStart && (character === ' ' || character === '-' || character === '?')) {
      if (character !== ' ') indents.push(indent);
      indent += 1;
      continue;
    }
    if (atLineStart) {
      atLineStart = false;
      while ((indents.at(-1) ?? -1) >= indent) indents.pop();
      indents.push(indent);
      deepest = Math.max(deepest, indents.length);
    }
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++flow);
    if ((character === ']' || character === '}') && flow > 0) flow -= 1;
  }
  return deepest;
}
