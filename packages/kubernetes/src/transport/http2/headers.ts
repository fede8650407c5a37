import { decodeHuffman } from './huffman.ts';
import { staticTable } from './static-table.ts';

export type HeaderFields = Record<string, string | string[] | undefined>;
type Field = readonly [name: string, value: string];

/** What a field costs in the table, by the standard. */
const fieldOverhead = 32;
/** The standard's own size, which stands until a client asks for another; this one does not. */
const tableBytes = 4096;
/** Of one answer, unpacked: few bytes can name a long field again and again. */
const mostBytes = 256 * 1024;

/** Headers of one connection, in the order they come (HPACK, RFC 7541): later ones name fields of earlier ones. */
export interface HeaderDecoder {
  /** Names are in lower case; the status is in `:status`. @throws Error where the block is broken or too large */
  decode(block: Buffer): HeaderFields;
}

export function createHeaderDecoder(): HeaderDecoder {
  const known: Field[] = [];
  let knownBytes = 0;
  let limit = tableBytes;

  const sizeOf = ([name, value]: Field) => name.length + value.length + fieldOverhead;

  function shrinkTo(bytes: number): void {
    while (knownBytes > bytes) knownBytes -= sizeOf(known.pop() as Field);
  }

  function remember(field: Field): void {
    const bytes = sizeOf(field);
    shrinkTo(Math.max(0, limit - bytes));
    if (bytes > limit) return;
    known.unshift(field);
    knownBytes += bytes;
  }

  function fieldAt(index: number): Field {
    const field = staticTable[index - 1] ?? known[index - 1 - staticTable.length];
    if (field === undefined) throw new Error('a header names a field that is not known');
    return field;
  }

  return {
    decode(block) {
      const fields: HeaderFields = {};
      let bytes = 0;
      const reader = readerOf(block);
      while (!reader.isAtEnd()) {
        const first = reader.peek();
        if ((first & 0xe0) === 0x20) {
          limit = reader.number(5);
          if (limit > tableBytes) throw new Error('a larger table than was offered');
          shrinkTo(limit);
          continue;
        }
        const field = fieldOf(reader, first);
        bytes += sizeOf(field);
        if (bytes > mostBytes) throw new Error('headers that are too large');
        add(fields, field);
      }
      return fields;
    },
  };

  function fieldOf(reader: Reader, first: number): Field {
    if ((first & 0x80) !== 0) return fieldAt(reader.number(7));
    const isRemembered = (first & 0x40) !== 0;
    const index = reader.number(isRemembered ? 6 : 4);
    const name = index === 0 ? reader.text() : fieldAt(index)[0];
    const field: Field = [name, reader.text()];
    if (isRemembered) remember(field);
    return field;
  }
}

function add(fields: HeaderFields, [name, value]: Field): void {
  if (name === '__proto__') return;
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else fields[name] = Array.isArray(before) ? [...before, value] : [before, value];
}

type Reader = {
  isAtEnd(): boolean;
  peek(): number;
  /** The rest of this byte and, where that is full, those after it. */
  number(bits: number): number;
  text(): string;
};

function readerOf(block: Buffer): Reader {
  let at = 0;
  function byte(): number {
    const next = block[at];
    if (next === undefined) throw new Error('a header block that ends early');
    at += 1;
    return next;
  }
  function number(bits: number): number {
    const full = 2 ** bits - 1;
    let value = byte() & full;
    if (value < full) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
    throw new Error('a number in a header that is too large');
  }
  return {
    isAtEnd: () => at >= block.length,
    peek: () => block[at] as number,
    number,
    text() {
      const isHuffman = ((block[at] ?? 0) & 0x80) !== 0;
      const length = number(7);
      const bytes = block.subarray(at, at + length);
      if (bytes.length < length) throw new Error('a header block that ends early');
      at += length;
      return isHuffman ? decodeHuffman(bytes) : bytes.toString('latin1');
    },
  };
}

/** What a header may hold. A line break would begin another request where something on the way speaks HTTP/1.1. */
const fieldText = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A block that needs no table on the other side: every field in full, credentials marked as never to be remembered by
 * anything on the way. The first byte says that our table is empty.
 * @throws TypeError for a field that may hold no such text
 */
export function encodeHeaders(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = [Buffer.of(0x20)];
  for (const [name, value] of fields) {
    if (!fieldText.test(name) || !fieldText.test(value)) throw new TypeError(`The header ${name} holds no such text.`);
    const isSecret = name === 'authorization';
    parts.push(Buffer.of(isSecret ? 0x10 : 0x00), ...textOf(name), ...textOf(value));
  }
  return Buffer.concat(parts);
}

function textOf(value: string): Buffer[] {
  const bytes = Buffer.from(value, 'latin1');
  const length: number[] = [];
  let rest = bytes.length;
  if (rest < 0x7f) length.push(rest);
  else {
    length.push(0x7f);
    for (rest -= 0x7f; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push((rest & 0x7f) | 0x80);
    length.push(rest);
  }
  return [Buffer.from(length), bytes];
}
