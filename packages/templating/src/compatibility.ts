import type { Bundle } from './bundle-types.ts';
import { canonicalJson } from './canonical-json.ts';
import { RenderError } from './errors.ts';
import { runGoldenTests } from './golden.ts';
import { fillParameters } from './parameters.ts';
import { type RenderedObject, renderBundle } from './render.ts';
import { sampleContext } from './sample.ts';

export type ChangeLevel = 'major' | 'minor' | 'patch';
export type CompatibilityChange = { level: ChangeLevel; place: string; detail: string };

type Schema = Record<string, unknown>;

/**
 * What differs between two versions of a template for those who use it. Major: what they gave, or what runs, does not
 * fit any more. Minor: something new. All else is a patch.
 */
export function compareBundles(before: Bundle, after: Bundle): CompatibilityChange[] {
  return [
    ...schemaChanges(before.schema, after.schema, ''),
    ...imageChanges(before, after),
    ...objectChanges(before, after),
  ];
}

/** The smallest step of the version that these changes allow. */
export function neededLevel(changes: readonly CompatibilityChange[]): ChangeLevel {
  if (changes.some(({ level }) => level === 'major')) return 'major';
  return changes.some(({ level }) => level === 'minor') ? 'minor' : 'patch';
}

/** Whether going from one version to another is at least such a step. Before 1.0.0 a minor step may break. */
export function isStep(from: string, to: string, level: ChangeLevel): boolean {
  const [a, b] = [partsOf(from), partsOf(to)];
  if (compareVersions(from, to) >= 0) return false;
  if (level === 'patch' || b[0] > a[0]) return true;
  return b[1] > a[1] && (level === 'minor' || a[0] === 0);
}

/** Order of two semantic versions; a pre-release comes before its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  const difference = left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  if (difference !== 0) return difference;
  const [preA, preB] = [a.split('-')[1], b.split('-')[1]];
  if (preA === preB) return 0;
  if (preA === undefined) return 1;
  return preB === undefined || preA < preB ? -1 : 1;
}

function partsOf(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split('-')[0]?.split('.').map(Number) ?? [];
  return [major, minor, patch];
}

function schemaChanges(before: Schema, after: Schema, place: string): CompatibilityChange[] {
  const change = (level: ChangeLevel, detail: string): CompatibilityChange => ({ level, place: place || '/', detail });
  const found: CompatibilityChange[] = [];
  if (canonicalJson(before.type ?? null) !== canonicalJson(after.type ?? null))
    return [change('major', `is of type ${after.type} now, not ${before.type}`)];
  for (const [word, narrower] of bounds) {
    const [old, now] = [before[word], after[word]];
    if (now === undefined || old === now) continue;
    if (old === undefined || narrower(old as number, now as number))
      found.push(change('major', `takes less: ${word} is ${now}`));
  }
  if (after.pattern !== before.pattern && after.pattern !== undefined)
    found.push(change('major', 'has another pattern: what fitted may not any more'));
  const gone = listOf(before.enum).filter((value) => !listOf(after.enum).includes(value));
  if (after.enum !== undefined && (before.enum === undefined || gone.length > 0))
    found.push(change('major', `does not take ${gone.join(', ') || 'other values'} any more`));
  if (canonicalJson(before.default ?? null) !== canonicalJson(after.default ?? null))
    found.push(change('minor', 'has another default'));
  if (before.additionalProperties !== false && after.additionalProperties === false)
    found.push(change('major', 'takes no keys of its own any more'));
  if (isSchema(before.additionalProperties) && isSchema(after.additionalProperties))
    found.push(...schemaChanges(before.additionalProperties, after.additionalProperties, `${place}/*`));
  if (isSchema(before.items) && isSchema(after.items))
    found.push(...schemaChanges(before.items, after.items, `${place}/0`));
  return [...found, ...propertyChanges(before, after, place)];
}

/** Words of a schema that bound a value, and when a new bound lets less through. */
const bounds: readonly [string, (before: number, after: number) => boolean][] = [
  ['minimum', (before, after) => after > before],
  ['maximum', (before, after) => after < before],
  ['minLength', (before, after) => after > before],
  ['maxLength', (before, after) => after < before],
  ['minItems', (before, after) => after > before],
  ['maxItems', (before, after) => after < before],
  ['maxProperties', (before, after) => after < before],
];

function propertyChanges(before: Schema, after: Schema, place: string): CompatibilityChange[] {
  const [old, now] = [mapOf(before.properties), mapOf(after.properties)];
  const needed = listOf(after.required).filter((key) => !listOf(before.required).includes(key));
  return [
    ...Object.entries(old).flatMap(([key, schema]) => {
      const next = now[key];
      return next === undefined
        ? [{ level: 'major' as const, place: `${place}/${key}`, detail: 'is gone, or has another name' }]
        : schemaChanges(schema, next, `${place}/${key}`);
    }),
    ...Object.keys(now)
      .filter((key) => old[key] === undefined)
      .map((key) => ({ level: 'minor' as const, place: `${place}/${key}`, detail: 'is new' })),
    ...needed.map((key) => ({ level: 'major' as const, place: `${place}/${key}`, detail: 'is needed now' })),
  ];
}

function imageChanges(before: Bundle, after: Bundle): CompatibilityChange[] {
  const gone = Object.keys(before.images).filter((slot) => after.images[slot] === undefined);
  const needed = Object.keys(after.images).filter(
    (slot) => after.images[slot]?.required === true && before.images[slot]?.required !== true,
  );
  return [
    ...gone.map((slot) => ({ level: 'major' as const, place: `images.${slot}`, detail: 'is gone' })),
    ...needed.map((slot) => ({ level: 'major' as const, place: `images.${slot}`, detail: 'is needed now' })),
  ];
}

/** Names and selectors of what both make of the same parameters: a changed one is another object in the cluster. */
function objectChanges(before: Bundle, after: Bundle): CompatibilityChange[] {
  const samples = [
    {},
    ...runGoldenTests(before).flatMap(({ context }) => (context === undefined ? [] : [context.params])),
  ];
  const found = samples.flatMap((given) => {
    const [old, now] = [objectsOf(before, given), objectsOf(after, given)];
    if (old === undefined || now === undefined) return [];
    return old.flatMap((object) => {
      const place = `${object.kind} ${object.metadata.name}`;
      const same = now.filter(({ kind }) => kind === object.kind);
      const next = same.find(({ metadata }) => metadata.name === object.metadata.name);
      // A kind that is gone altogether is a choice of the template; one of another name is a rename.
      if (next === undefined)
        return same.length === 0 ? [] : [{ level: 'major' as const, place, detail: 'has another name now' }];
      return canonicalJson(selectorOf(object)) === canonicalJson(selectorOf(next))
        ? []
        : [{ level: 'major' as const, place, detail: 'selects other pods now, which cannot be changed in a cluster' }];
    });
  });
  return found.filter((change, index) => found.findIndex((other) => other.place === change.place) === index);
}

function objectsOf(bundle: Bundle, given: Record<string, unknown>): RenderedObject[] | undefined {
  const { value, errors } = fillParameters(bundle, given);
  if (errors.length > 0) return undefined;
  try {
    return renderBundle(bundle, sampleContext(bundle, value));
  } catch (error) {
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}

function selectorOf(object: RenderedObject): unknown {
  return (object.spec as Schema | undefined)?.selector ?? null;
}

function mapOf(value: unknown): Record<string, Schema> {
  return isSchema(value) ? (value as Record<string, Schema>) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
