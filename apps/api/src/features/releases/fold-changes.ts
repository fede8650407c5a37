import type { UpgradePreview } from '@quarterdeck/contracts';
import { maskSecret } from '@quarterdeck/kubernetes';
import { canonicalJson, toYaml } from '@quarterdeck/templating';

type Json = Record<string, unknown>;

/** An object of one place as it was put out last, and as it would be. */
export type ObjectPair = { place: string; kind: string; name: string; before?: Json; after?: Json };

type Change = UpgradePreview['changes'][number];

const longestText = 2000;

/**
 * The changes of many places, equal ones folded into one.
 * @param places pairs of each place
 * @returns the changes, most frequent first, and for each place which of them it has
 */
export function foldChanges(places: readonly (readonly ObjectPair[])[]): { changes: Change[]; of: number[][] } {
  const folded = new Map<string, Change>();
  const keys = places.map((pairs) => {
    const mine = new Set<string>();
    for (const pair of pairs) {
      const change = changeOf(pair);
      if (change === undefined) continue;
      const key = canonicalJson([change.change, change.kind, change.fields]);
      mine.add(key);
      const known = folded.get(key);
      folded.set(key, known === undefined ? change : { ...known, objects: known.objects + 1 });
    }
    return mine;
  });
  const sorted = [...folded].toSorted(([, a], [, b]) => b.objects - a.objects);
  const index = new Map(sorted.map(([key], at) => [key, at]));
  return {
    changes: sorted.map(([, change]) => change),
    of: keys.map((mine) => [...mine].flatMap((key) => index.get(key) ?? []).toSorted((a, b) => a - b)),
  };
}

/** `undefined` when nothing differs. */
function changeOf({ place, kind, name, before, after }: ObjectPair): Change | undefined {
  const [old, now] = [before, after].map((object) => (object === undefined ? undefined : maskSecret(object)));
  if (old === undefined || now === undefined) {
    const there = now ?? old;
    if (there === undefined) return undefined;
    const example = { place, name, manifest: toYaml(there) };
    return { change: old === undefined ? 'create' : 'delete', kind, fields: [], objects: 1, example };
  }
  const [was, is] = [leavesOf(old), leavesOf(now)];
  const fields = [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((pointer) => {
    const [left, right] = [was.get(pointer), is.get(pointer)];
    if (left === right) return [];
    return [
      { pointer, ...(left === undefined ? {} : { before: left }), ...(right === undefined ? {} : { after: right }) },
    ];
  });
  return fields.length === 0 ? undefined : { change: 'change', kind, fields, objects: 1, example: { place, name } };
}

/** Leaves as JSON, by pointer; items of lists stand in the order they have. */
function leavesOf(value: unknown, pointer = '', found = new Map<string, string>()): Map<string, string> {
  const children = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (children.length === 0) {
    const text = JSON.stringify(value) ?? '';
    found.set(pointer, text.length > longestText ? `${text.slice(0, longestText)}…` : text);
  }
  for (const [key, child] of children)
    leavesOf(child, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, found);
  return found;
}
