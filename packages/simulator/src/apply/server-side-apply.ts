import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../objects/api-error.ts';
import type { MergeRules } from '../objects/custom/schema.ts';
import type { Json, KubeObject, ManagedFields } from '../objects/types.ts';
import { fieldName, fromTree, type Leaf, leavesOf, mergeObjects, toTree, withoutLeaf } from './fields.ts';

export type Writer = { manager: string; now: string; subresource?: string };

/**
 * Server-side apply: merges, takes what the manager no longer names away, and keeps who owns what.
 * @throws ApiError 409 with a cause per field that somebody else owns with another value
 */
export function applyObject(
  live: KubeObject,
  given: Json,
  options: Writer & { force: boolean; rules: MergeRules },
): KubeObject {
  const { manager, now, rules } = options;
  const wanted = leavesOf(given, rules);
  const entries = live.metadata.managedFields ?? [];
  const isMine = (entry: ManagedFields) =>
    entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined;
  const before = fromTree(entries.find(isMine)?.fieldsV1 ?? {});
  const has = leavesOf(live, rules);

  const lost: { entry: ManagedFields; leaf: Leaf }[] = [];
  for (const entry of entries.filter((each) => !isMine(each))) {
    for (const leaf of fromTree(entry.fieldsV1)) {
      if (wanted.has(leaf) && has.has(leaf) && !isDeepStrictEqual(has.get(leaf), wanted.get(leaf)))
        lost.push({ entry, leaf });
    }
  }
  if (lost.length > 0 && !options.force) {
    throw conflictOf(lost.toSorted((a, b) => (fieldName(a.leaf) < fieldName(b.leaf) ? -1 : 1)));
  }

  let merged = mergeObjects(live, given, rules) as Json;
  const others = new Set(entries.filter((each) => !isMine(each)).flatMap((each) => [...fromTree(each.fieldsV1)]));
  for (const leaf of before) if (!wanted.has(leaf) && !others.has(leaf)) merged = withoutLeaf(merged, leaf, rules);

  const kept = entries.filter((each) => !isMine(each)).flatMap((entry) => without(entry, lost));
  const mine: ManagedFields = {
    manager,
    operation: 'Apply',
    apiVersion: live.apiVersion,
    time: now,
    fieldsType: 'FieldsV1',
    fieldsV1: toTree(wanted.keys()),
  };
  const previous = entries.find(isMine);
  const isSameSet = previous !== undefined && isDeepStrictEqual(previous.fieldsV1, mine.fieldsV1);
  const result = merged as KubeObject;
  const owned = Object.keys(mine.fieldsV1).length === 0 ? [] : [isSameSet ? previous : mine];
  const managedFields = [...kept, ...owned];
  return {
    ...result,
    metadata: { ...identityOf(live, result), ...(managedFields.length === 0 ? {} : { managedFields }) },
  };
}

/** What a plain write (create, update, patch) owns afterwards: the fields it changed. */
export function ownChanges(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
  rules: MergeRules,
): KubeObject {
  const had = before === undefined ? new Map<Leaf, unknown>() : leavesOf(before, rules);
  const changed = [...leavesOf(after, rules)].filter(
    ([leaf, value]) => !had.has(leaf) || !isDeepStrictEqual(had.get(leaf), value),
  );
  // What a new object's status is at first is nobody's.
  const isCounted = (leaf: Leaf) => writer.subresource !== undefined || !leaf.startsWith('["f:status"');
  const leaves = new Set(changed.map(([leaf]) => leaf).filter(isCounted));
  const entries = before?.metadata.managedFields ?? [];
  if (leaves.size === 0) {
    const same = entries.length === 0 ? {} : { managedFields: entries };
    return { ...after, metadata: { ...after.metadata, ...same } };
  }
  const isMine = (entry: ManagedFields) =>
    entry.manager === writer.manager && entry.operation === 'Update' && entry.subresource === writer.subresource;
  const kept = entries
    .filter((entry) => !isMine(entry))
    .flatMap((entry) =>
      without(
        entry,
        [...leaves].map((leaf) => ({ entry, leaf })),
      ),
    );
  const mine = entries.find(isMine);
  const fieldsV1 = toTree([...(mine === undefined ? [] : fromTree(mine.fieldsV1)), ...leaves]);
  const { manager, now: time } = writer;
  const entry: ManagedFields = {
    manager,
    operation: 'Update',
    apiVersion: after.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  };
  return { ...after, metadata: { ...after.metadata, managedFields: [...kept, entry] } };
}

function identityOf(live: KubeObject, merged: KubeObject): KubeObject['metadata'] {
  const { uid, resourceVersion, creationTimestamp, generation } = live.metadata;
  return {
    ...merged.metadata,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
  };
}

function without(entry: ManagedFields, lost: readonly { entry: ManagedFields; leaf: Leaf }[]): ManagedFields[] {
  const gone = new Set(lost.filter((each) => each.entry === entry).map(({ leaf }) => leaf));
  if (gone.size === 0) return [entry];
  const left = [...fromTree(entry.fieldsV1)].filter((leaf) => !gone.has(leaf));
  return left.length === 0 ? [] : [{ ...entry, fieldsV1: toTree(left) }];
}

function conflictOf(lost: readonly { entry: ManagedFields; leaf: Leaf }[]): ApiError {
  const by = ({ manager, operation, apiVersion, subresource }: ManagedFields) =>
    `"${manager}"${subresource === undefined ? '' : ` with subresource "${subresource}"`}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
  const causes = lost.map(({ entry, leaf }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${by(entry)}`,
    field: fieldName(leaf),
  }));
  const groups = [...Map.groupBy(lost, ({ entry }) => by(entry))].map(([who, fields]) => {
    if (fields.length === 1) return `conflict with ${who}: ${fieldName(fields[0]?.leaf ?? '[]')}`;
    return `conflicts with ${who}:\n${fields.map(({ leaf }) => `- ${fieldName(leaf)}`).join('\n')}`;
  });
  const message = `Apply failed with ${lost.length} conflict${lost.length === 1 ? '' : 's'}: ${groups.join('\n')}`;
  return new ApiError(409, 'Conflict', message, { causes });
}
