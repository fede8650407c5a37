import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseAllDocuments, type Tags } from 'yaml';

/** One document of a text of manifests. */
export type Manifest = {
  value: Record<string, unknown>;
  /** Where it begins, counted from 1. */
  line: number;
  /** The line of each field, by positions: `.spec.containers[0].image`; only so many of a long one. */
  places: ReadonlyMap<string, number>;
};

/** Text that is no manifests, in words for whoever wrote it. */
export class ManifestError extends Error {
  /** Counted from 1. */
  readonly line: number | undefined;
  constructor(detail: string, line?: number) {
    super(detail);
    this.name = 'ManifestError';
    this.line = line;
  }
}

/** What is larger is no object that a cluster would store. */
export const maxManifestBytes = 1024 * 1024;
const maxDepth = 64;
const maxPlaces = 20_000;

/** Kinds of values that kubectl's reader does not make, so that text stays text: times, dates, bytes, sets. */
const notInManifests = /:(?:binary|omap|pairs|set|timestamp|merge)$/;

function manifestTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === 'object' && !notInManifests.test(tag.tag) && !('format' in tag && tag.format === 'TIME'),
  );
}

/**
 * The documents of a text as kubectl reads them (YAML 1.1); empty ones are left out. Keys are unique, aliases and tags
 * of one's own are refused, and so are numbers that JSON would not keep as they are written.
 * Takes seconds for a large text that is all structure: strangers' text is read in a thread (`createManifestReader`).
 * @throws ManifestError with the line
 */
export function readManifests(text: string, { most }: { most: number }): Manifest[] {
  if (Buffer.byteLength(text) > maxManifestBytes) throw new ManifestError('It is larger than 1 MiB.');
  const lines = new LineCounter();
  const documents = parse(text, lines);
  const found: Manifest[] = [];
  for (const document of documents) {
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) continue;
    if (found.length === most)
      throw new ManifestError(
        most === 1 ? 'One document is taken here.' : `It holds more than ${most} documents.`,
        lineOf(lines, contents),
      );
    const places = new Map<string, number>();
    const value = toJson(contents, '', 0, { lines, places });
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ManifestError('A document is an object with apiVersion and kind.', lineOf(lines, contents));
    found.push({ value: value as Record<string, unknown>, line: lineOf(lines, contents), places });
  }
  return found;
}

function parse(text: string, lineCounter: LineCounter): Document[] {
  let documents: ReturnType<typeof parseAllDocuments>;
  try {
    // The library looks for a second key by comparing each with all others: ours are compared below.
    const options = { version: '1.1', uniqueKeys: false, merge: false, prettyErrors: false } as const;
    documents = parseAllDocuments(text, { ...options, lineCounter, customTags: manifestTags });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw tooDeep();
  }
  if (!Array.isArray(documents)) return [];
  for (const { errors, warnings } of documents) {
    const [problem] = [...errors, ...warnings];
    if (problem === undefined) continue;
    // Some of its own recursion ends as an error among the others.
    if (problem.message.startsWith('Maximum call stack')) throw tooDeep();
    const said = problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML';
    throw new ManifestError(`${said.replace(/\.$/, '')}.`, lineCounter.linePos(problem.pos[0]).line);
  }
  return documents as Document[];
}

type Reading = { lines: LineCounter; places: Map<string, number> };

function toJson(node: unknown, path: string, depth: number, reading: Reading): unknown {
  if (depth > maxDepth) throw tooDeep();
  const { lines, places } = reading;
  if (isAlias(node)) throw new ManifestError('Aliases (*name) are not taken: write it out.', lineOf(lines, node));
  if (isScalar(node)) return scalar(node.value, lineOf(lines, node));
  if (isMap(node)) {
    const map: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const line = lineOf(lines, key);
      if (!isScalar(key)) throw new ManifestError('Keys are plain text.', line);
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      if (name === '__proto__') throw new ManifestError('__proto__ is no key of a manifest.', line);
      if (Object.hasOwn(map, name)) throw new ManifestError(`${shortly(name)} stands there twice.`, line);
      const below = `${path}.${name}`;
      if (places.size < maxPlaces) places.set(below, line);
      map[name] = toJson(value, below, depth + 1, reading);
    }
    return map;
  }
  if (node === null || node === undefined) return null;
  const items = (node as { items?: unknown[] }).items ?? [];
  return items.map((item, index) => {
    const below = `${path}[${index}]`;
    if (places.size < maxPlaces) places.set(below, lineOf(lines, item));
    return toJson(item, below, depth + 1, reading);
  });
}

function scalar(value: unknown, line: number): unknown {
  if (typeof value !== 'number') return typeof value === 'bigint' ? Number(value) : (value ?? null);
  if (!Number.isFinite(value)) throw new ManifestError(`${value} is no number that JSON has.`, line);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new ManifestError('This number is too large to be kept as it is written: put it in quotes.', line);
  return value;
}

const tooDeep = () => new ManifestError(`It is nested deeper than ${maxDepth} levels.`);

const shortly = (name: string) => (name.length > 60 ? `${name.slice(0, 60)}…` : name);

function lineOf(lines: LineCounter, node: unknown): number {
  return lines.linePos((node as Node | null)?.range?.[0] ?? 0).line;
}
