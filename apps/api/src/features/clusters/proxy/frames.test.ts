import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, type FrameSeen, frameOf } from './frames.ts';

/** A frame as clients send it. */
function masked(opcode: number, payload: Buffer, key = Buffer.from([0x37, 0xfa, 0x21, 0x3d])): Buffer {
  const whole = frameOf(opcode, payload);
  const head = whole.subarray(0, whole.length - payload.length);
  head[1] = (head[1] ?? 0) | 0x80;
  return Buffer.concat([head, key, Buffer.from(payload.map((byte, index) => byte ^ (key[index % 4] ?? 0)))]);
}

function readAll(bytes: Buffer, cuts: readonly number[] = []): { seen: FrameSeen[]; atBoundary: boolean } {
  const seen: FrameSeen[] = [];
  const reader = createFrameReader((frame) => seen.push(frame));
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (const [index, to] of places.slice(1).entries()) reader.read(bytes.subarray(places[index], to));
  return { seen, atBoundary: reader.atBoundary };
}

describe('frames of a shell', () => {
  it('tell their channel and length, masked or not, with each way of writing a length', () => {
    for (const length of [1, 125, 126, 300, 65_535]) {
      const payload = Buffer.alloc(length, 7);
      payload[0] = 4;
      for (const bytes of [frameOf(2, payload), masked(2, payload)])
        expect(readAll(bytes)).toEqual({ seen: [{ isControl: false, length, channel: 4 }], atBoundary: true });
    }
  });

  it('that control the connection are told apart, and a message in parts keeps its channel', () => {
    const first = frameOf(2, Buffer.from([0, 97]));
    first[0] = 0x02;
    const bytes = Buffer.concat([first, frameOf(9, Buffer.from('ping')), frameOf(0, Buffer.from([98]))]);
    expect(readAll(bytes).seen).toEqual([
      { isControl: false, length: 2, channel: 0 },
      { isControl: true, length: 4, channel: undefined },
      { isControl: false, length: 1, channel: 0 },
    ]);
  });

  it('are the same however the bytes are cut, and only whole ones end at a boundary', () => {
    const frame = fc.record({ opcode: fc.constantFrom(1, 2, 8, 9), payload: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (list, cuts) => {
          const bytes = Buffer.concat(list.map(({ opcode, payload }) => masked(opcode, Buffer.from(payload))));
          const whole = readAll(bytes);
          expect(whole.seen.map(({ length }) => length)).toEqual(list.map(({ payload }) => payload.length));
          expect(whole.atBoundary).toBe(true);
          expect(
            readAll(
              bytes,
              cuts.map((cut) => cut % bytes.length),
            ),
          ).toEqual(whole);
          expect(readAll(bytes.subarray(0, -1)).atBoundary).toBe(false);
        },
      ),
    );
  });
});
