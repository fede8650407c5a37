/**
 * Arrays in PostgreSQL's binary form, as parameters of `unnest`. The text form costs both sides several times the work:
 * every element is escaped here and parsed there.
 * @see array_recv in the sources of PostgreSQL: dimensions, no nulls, type; length and first index; then each element
 */

const oids = { int8: 20, int2: 21, int4: 23, text: 25, timestamptz: 1184 } as const;
const headBytes = 20;
const lengthBytes = 4;
/** PostgreSQL counts microseconds from the year 2000. */
const epochMs = Date.UTC(2000, 0, 1);

export function textArray(values: readonly string[]): Buffer {
  let bytes = headBytes + lengthBytes * values.length;
  for (const value of values) bytes += Buffer.byteLength(value, 'utf8');
  const array = allocate('text', values.length, bytes);
  let at = headBytes;
  for (const value of values) {
    const written = array.write(value, at + lengthBytes, 'utf8');
    array.writeInt32BE(written, at);
    at += lengthBytes + written;
  }
  return array;
}

export function int2Array(values: readonly number[]): Buffer {
  return fixedArray('int2', 2, values, (array, value, at) => array.writeInt16BE(value, at));
}

export function int4Array(values: readonly number[]): Buffer {
  return fixedArray('int4', 4, values, (array, value, at) => array.writeInt32BE(value, at));
}

/** Of whole numbers that a double holds exactly. */
export function int8Array(values: readonly number[]): Buffer {
  return fixedArray('int8', 8, values, writeInt64);
}

/** Of milliseconds since 1970, for timestamptz. */
export function timeArray(values: readonly number[]): Buffer {
  return fixedArray('timestamptz', 8, values, (array, ms, at) => writeInt64(array, (ms - epochMs) * 1000, at));
}

function fixedArray(
  type: keyof typeof oids,
  width: number,
  values: readonly number[],
  write: (array: Buffer, value: number, at: number) => void,
): Buffer {
  const array = allocate(type, values.length, headBytes + (lengthBytes + width) * values.length);
  let at = headBytes;
  for (const value of values) {
    array.writeInt32BE(width, at);
    write(array, value, at + lengthBytes);
    at += lengthBytes + width;
  }
  return array;
}

/** With the head written. An empty array has no dimension, and its head ends before them. */
function allocate(type: keyof typeof oids, count: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(count === 0 ? headBytes - 8 : bytes);
  array.writeInt32BE(count === 0 ? 0 : 1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(oids[type], 8);
  if (count === 0) return array;
  array.writeInt32BE(count, 12);
  array.writeInt32BE(1, 16);
  return array;
}

/** Twice as fast as through a BigInt. */
function writeInt64(array: Buffer, value: number, at: number): void {
  array.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  array.writeUInt32BE(value >>> 0, at + 4);
}
