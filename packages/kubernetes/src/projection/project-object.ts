import type { KindFields, ObjectKey, ObjectRow } from './row.ts';
import { byteLength, cleanText, cutToBytes } from './text.ts';
import { type Json, objectOf, objectsOf, textOf, timeOf } from './values.ts';

/** Room of a row; what is over is left out and, in facts, said. */
export const caps = { labels: 64, labelsBytes: 4096, factsBytes: 8192, searchBytes: 1024, containers: 50 } as const;

/**
 * The row of an object, whatever it holds. A projection that throws still leaves a row, with `facts.unreadable`.
 * `undefined` only where there is no name or uid to keep it by.
 */
export function projectObject(object: Json, project: (object: Json) => KindFields): ObjectRow | undefined {
  const metadata = objectOf(object.metadata);
  const key = keyOf(metadata);
  if (key === undefined) return undefined;
  const labels = labelsOf(metadata.labels);
  const { words = [], facts, ...fields } = readFields(object, project);
  return {
    ...fields,
    ...key,
    createdAt: timeOf(metadata.creationTimestamp),
    statusText: textOf(fields.statusText, 128),
    ownerUid: ownerUidOf(metadata),
    labels,
    facts: capFacts(facts),
    search: searchText([key.name, key.namespace, ...words, ...Object.values(labels)]),
  };
}

/** Identity for deletes; `undefined` where the object has none. */
export function keyOf(metadata: Json): ObjectKey | undefined {
  const name = textOf(metadata.name, 512);
  const uid = textOf(metadata.uid, 128);
  if (name === '' || uid === '') return undefined;
  return { namespace: textOf(metadata.namespace), name, uid };
}

function readFields(object: Json, project: (object: Json) => KindFields): KindFields {
  try {
    return project(object);
  } catch (error) {
    const why = cleanText(error instanceof Error ? error.message : String(error), 200);
    return { health: 'unknown', statusText: 'Unreadable', facts: { unreadable: why === '' ? 'unknown' : why } };
  }
}

function labelsOf(value: unknown): Record<string, string> {
  const kept: [string, string][] = [];
  let bytes = 0;
  for (const [rawKey, rawValue] of Object.entries(objectOf(value))) {
    if (kept.length === caps.labels) break;
    if (typeof rawValue !== 'string') continue;
    const entry: [string, string] = [cleanText(rawKey, 317), cleanText(rawValue, 253)];
    bytes += byteLength(entry[0]) + byteLength(entry[1]);
    if (bytes > caps.labelsBytes) break;
    kept.push(entry);
  }
  // fromEntries defines own keys: a label named __proto__ stays a label.
  return Object.fromEntries(kept);
}

function ownerUidOf(metadata: Json): string | undefined {
  const owners = objectsOf(metadata.ownerReferences, 20);
  const owner = owners.find((candidate) => candidate.controller === true) ?? owners[0];
  const uid = textOf(owner?.uid, 128);
  return uid === '' ? undefined : uid;
}

/** Drops the largest facts until the rest fits, and says which. */
function capFacts(facts: Record<string, unknown>): Record<string, unknown> {
  if (byteLength(JSON.stringify(facts)) <= caps.factsBytes) return facts;
  const sized = Object.entries(facts)
    .map(([key, value]) => ({ key, value, bytes: byteLength(JSON.stringify(value) ?? '') }))
    .sort((a, b) => a.bytes - b.bytes);
  const kept: [string, unknown][] = [];
  const left: string[] = [];
  let room = caps.factsBytes - 512;
  for (const { key, value, bytes } of sized) {
    room -= bytes + byteLength(key) + 4;
    if (room >= 0) kept.push([key, value]);
    else left.push(key);
  }
  return { ...Object.fromEntries(kept), truncated: left.slice(0, 10) };
}

function searchText(words: readonly (string | undefined)[]): string {
  const unique = new Set(words.filter((word) => word !== undefined && word !== '').map((word) => word?.toLowerCase()));
  return cutToBytes([...unique].join(' '), caps.searchBytes);
}
