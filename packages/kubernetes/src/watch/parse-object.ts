import type { WatchedKind } from '../kinds/kind.ts';
import { type Json, objectOf } from '../projection/values.ts';

const key = Buffer.from('"managedFields":[');
const quote = 0x22;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;

/**
 * Parses an object, or an event with one. Of a kind that asks for it the field managers are left out of the text first:
 * a third of a pod and most of its keys.
 * @throws SyntaxError
 */
export function parseObject(bytes: Buffer, kind: Pick<WatchedKind, 'ignoresManagers'>): Json {
  const text = kind.ignoresManagers === true ? withoutManagers(bytes) : bytes.toString('utf8');
  return objectOf(JSON.parse(text));
}

/** The text with an empty array in its place. Where it is not plain what is meant, the whole text. */
function withoutManagers(bytes: Buffer): string {
  const at = bytes.indexOf(key);
  // After a backslash it stands inside a string, as in an annotation that holds an object.
  if (at < 1 || bytes[at - 1] === backslash) return bytes.toString('utf8');
  const start = at + key.length;
  const end = endOfArray(bytes, start);
  if (end === undefined) return bytes.toString('utf8');
  return bytes.toString('utf8', 0, start) + bytes.toString('utf8', end);
}

/** Where the array ends whose first byte is at `from`. */
function endOfArray(bytes: Buffer, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at += 1;
      while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    } else if (byte === openArray) depth += 1;
    else if (byte === closeArray) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return undefined;
}
