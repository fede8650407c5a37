import { canonicalJson, sha256Hex } from '@quarterdeck/templating';
import type { Images, ObjectRecord } from './release-rows.ts';

type StoredObject = ObjectRecord & { bytes: string };

/** The same objects with other images: wherever one of `from` stands as a container's image, that slot's of `to` does. */
export function exchangeImages(objects: readonly StoredObject[], from: Images, to: Images): StoredObject[] {
  const replaced = new Map(
    Object.entries(from).flatMap(([slot, { reference }]) => {
      const other = to[slot]?.reference;
      return other === undefined || other === reference ? [] : [[reference, other] as const];
    }),
  );
  if (replaced.size === 0) return [...objects];
  return objects.map((object) => {
    const bytes = canonicalJson(withImages(JSON.parse(object.bytes), replaced));
    return bytes === object.bytes ? object : { ...object, bytes, sha256: sha256Hex(bytes) };
  });
}

function withImages(value: unknown, replaced: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withImages(item, replaced));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'image' && typeof item === 'string' ? (replaced.get(item) ?? item) : withImages(item, replaced),
    ]),
  );
}
