import { parseAllDocuments, stringify } from 'yaml';
import { BundleError } from './errors.ts';

/** Bare words that YAML 1.1 reads as booleans or octal numbers and 1.2 does not: two readers, two meanings. */
const ambiguous = /(^|[\s:[,-])(?:yes|no|on|off|y|n|0[0-7]+)\s*(?:$|[#,\]}])/im;

/** YAML 1.2 documents of a file: unique keys, no aliases, nothing two readers understand differently. */
export function readYaml(file: string, text: string): unknown[] {
  const bare = text
    .split('\n')
    .map((line) => line.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, '""').replace(/#.*$/, ''))
    .find((line) => ambiguous.test(line) && /:\s*(?:yes|no|on|off|y|n|0[0-7]+)\s*$/i.test(line));
  if (bare !== undefined)
    throw new BundleError(
      file,
      `"${bare.trim()}" means different things to different readers: put the value in quotes.`,
    );
  const documents = parseAllDocuments(text, { version: '1.2', uniqueKeys: true, maxAliasCount: 0 } as never);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const problem = document.errors[0];
    if (problem !== undefined) throw new BundleError(file, problem.message.split('\n')[0] ?? 'not YAML');
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 0 });
    } catch {
      throw new BundleError(file, 'aliases are not taken');
    }
    return value === null ? [] : [value];
  });
}

/** YAML for people: block style, no folding, keys in Kubernetes' usual order first. */
export function toYaml(value: unknown): string {
  const first = ['apiVersion', 'kind', 'metadata', 'spec', 'name'];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return stringify(value, {
    lineWidth: 0,
    sortMapEntries: (a, b) => {
      const [left, right] = [String(a.key), String(b.key)];
      return rank(left) - rank(right) || (left < right ? -1 : left > right ? 1 : 0);
    },
  });
}
