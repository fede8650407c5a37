import { conditionsOf } from '../projection/conditions.ts';
import { parseJsonPath } from '../projection/json-path.ts';
import type { HealthLevel } from '../projection/row.ts';
import { cleanText } from '../projection/text.ts';
import { facts, integerOf, type Json, objectOf, textOf } from '../projection/values.ts';
import { managersOf } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

/** A column that a CustomResourceDefinition asks kubectl to print. */
export type PrinterColumn = { name: string; jsonPath: string };

/** What discovery says of a kind. */
export type ServedKind = Pick<WatchedKind, 'group' | 'version' | 'resource' | 'kind' | 'namespaced'> & {
  verbs: readonly string[];
};

const maxColumns = 12;
const maxCellBytes = 200;
/** After the kinds with a projection of their own, before events. */
const rank = 80;

/**
 * Any kind: the columns that it asks to be printed, its conditions, and how it is by them. Columns with a path that we
 * do not follow are left out.
 */
export function genericKind(served: ServedKind, columns: readonly PrinterColumn[] = []): WatchedKind {
  const readers = columns
    // kubectl prints the age of everything; rows have it.
    .filter(({ jsonPath }) => jsonPath !== '.metadata.creationTimestamp')
    .flatMap(({ name, jsonPath }) => {
      const read = parseJsonPath(jsonPath);
      return read === undefined ? [] : [{ name: cleanText(name, 64), jsonPath, read }];
    })
    .slice(0, maxColumns);
  const { group, version, resource, kind, namespaced } = served;
  return {
    ...{ group, version, resource, kind, namespaced, rank },
    projection:
      readers.length === 0 ? 'generic' : `generic ${JSON.stringify(readers.map((each) => [each.name, each.jsonPath]))}`,
    columns: readers.map(({ name }) => name),
    project(object) {
      const status = objectOf(object.status);
      const cells = readers
        .map(({ name, read }) => [name, cellOf(read(object))] as const)
        .filter(([, cell]) => cell !== '');
      return {
        ...judge(object),
        facts: facts({
          columns: cells.length === 0 ? undefined : Object.fromEntries(cells),
          conditions: conditionsOf(status),
          generation: integerOf(objectOf(object.metadata).generation),
          observedGeneration: integerOf(status.observedGeneration),
          managers: managersOf(objectOf(object.metadata)),
        }),
        words: cells.map(([, cell]) => cell),
      };
    },
  };
}

function cellOf(values: readonly unknown[]): string {
  const texts = values.map((value) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value),
  );
  return cleanText(texts.filter((text) => text !== 'undefined' && text !== 'null').join(','), maxCellBytes);
}

/** Conditions by which controllers say that an object is as it should be, the most telling first. */
const telling = ['Ready', 'Available', 'Healthy', 'Established', 'Programmed', 'Accepted', 'Succeeded', 'Complete'];
const phases: Readonly<Record<string, HealthLevel>> = {
  failed: 'failed',
  error: 'failed',
  degraded: 'degraded',
  unknown: 'unknown',
  pending: 'waiting',
  waiting: 'waiting',
  paused: 'waiting',
  suspended: 'waiting',
  progressing: 'updating',
  creating: 'updating',
  provisioning: 'updating',
  updating: 'updating',
  deleting: 'updating',
  terminating: 'updating',
};

function judge(object: Json): { health: HealthLevel; statusText: string } {
  const metadata = objectOf(object.metadata);
  const status = objectOf(object.status);
  if (typeof metadata.deletionTimestamp === 'string') return { health: 'updating', statusText: 'Terminating' };
  const observed = integerOf(status.observedGeneration);
  const generation = integerOf(metadata.generation);
  if (observed !== undefined && generation !== undefined && observed < generation)
    return { health: 'updating', statusText: 'Updating' };
  const conditions = conditionsOf(status);
  if (conditions.some(({ type, status: value }) => type === 'Stalled' && value === 'True'))
    return { health: 'failed', statusText: 'Stalled' };
  if (conditions.some(({ type, status: value }) => type === 'Reconciling' && value === 'True'))
    return { health: 'updating', statusText: 'Reconciling' };
  const told = telling.flatMap((name) => conditions.find(({ type }) => type === name) ?? [])[0];
  if (told !== undefined) {
    if (told.status === 'True') return { health: 'healthy', statusText: told.type };
    const reason = told.reason ?? `Not ${told.type}`;
    return { health: told.status === 'False' ? 'degraded' : 'unknown', statusText: reason };
  }
  const phase = textOf(status.phase, 64) || textOf(status.state, 64);
  if (phase === '') return { health: 'healthy', statusText: 'Present' };
  const known = phase.toLowerCase();
  return { health: Object.hasOwn(phases, known) ? (phases[known] ?? 'unknown') : 'healthy', statusText: phase };
}
