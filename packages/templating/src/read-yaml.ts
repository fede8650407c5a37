import { type Document, isScalar, parseAllDocuments, stringify, visit } from 'yaml';
import { BundleError } from './errors.ts';

/** Bare words that YAML 1.1 reads as booleans or octal numbers and 1.2 does not: two readers, two meanings. */
const ambiguous = /^(?:yes|no|on|off|y|n|[-+]?0[0-7_]+)$/i;

/**
 * YAML 1.2 documents of a file: unique keys, no aliases, nothing two readers understand differently.
 * @throws BundleError that names the file and the line
 */
export function readYaml(file: string, text: string): unknown[] {
  return documentsOf(file, text, '1.2').flatMap((document) => {
    visit(document, {
      Scalar(_, node) {
        if (node.type !== 'PLAIN' || !ambiguous.test(node.source ?? '')) return;
        throw new BundleError(
          file,
          `line ${lineOf(text, node.range?.[0])}: "${node.source}" means different things to different readers: put the value in quotes.`,
        );
      },
    });
    const value = jsonOf(file, document);
    return value === null ? [] : [value];
  });
}

/**
 * Manifests that a person pasted, read as kubectl reads them (YAML 1.1); empty documents are left out.
 * @throws BundleError in words
 */
export function readManifests(text: string): unknown[] {
  return documentsOf('manifests', text, '1.1').flatMap((document) => {
    const value = jsonOf('manifests', document);
    if (value === null) return [];
    if (typeof value !== 'object' || Array.isArray(value))
      throw new BundleError('manifests', 'each document is an object with apiVersion and kind');
    return [value];
  });
}

function documentsOf(file: string, text: string, version: '1.1' | '1.2'): Document[] {
  const documents = parseAllDocuments(text, { version, uniqueKeys: true, merge: false, prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  for (const { errors } of documents) {
    const [problem] = errors;
    if (problem !== undefined)
      throw new BundleError(file, problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML');
  }
  return documents;
}

function jsonOf(file: string, document: Document): unknown {
  visit(document, {
    Alias() {
      throw new BundleError(file, 'aliases are not taken');
    },
    Pair(_, pair) {
      if (!isScalar(pair.key)) throw new BundleError(file, 'keys are plain text');
    },
  });
  return toJson(document.toJS({ maxAliasCount: 0 }), file, 0);
}

/** As JSON has it: YAML 1.1 knows dates, sets and bytes, which no manifest holds. */
function toJson(value: unknown, file: string, depth: number): unknown {
  if (depth > 100) throw new BundleError(file, 'is nested too deep');
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => toJson(item, file, depth + 1));
  if (typeof value === 'object' && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype)
      throw new BundleError(file, 'holds a value that JSON has not');
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, file, depth + 1)]));
  }
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new BundleError(file, `${value} is no number JSON has`);
  return value ?? null;
}

function lineOf(text: string, offset = 0): number {
  return text.slice(0, offset).split('\n').length;
}

/** YAML for people: block style, no folding, keys in Kubernetes' usual order first. */
export function toYaml(value: unknown): string {
  const first = ['apiVersion', 'kind', 'metadata', 'spec', 'name'];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return stringify(value, {
    lineWidth: 0,
    // Words that YAML 1.1 takes for booleans are quoted: whoever reads it, reads the same.
    compat: 'yaml-1.1',
    sortMapEntries: (a, b) => {
      const [left, right] = [String(a.key), String(b.key)];
      return rank(left) - rank(right) || (left < right ? -1 : left > right ? 1 : 0);
    },
  });
}
