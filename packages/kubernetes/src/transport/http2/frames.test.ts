import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, type Frame, flags, frame, frameTypes } from './frames.ts';

const given = fc.array(
  fc.record({
    type: fc.constantFrom(frameTypes.data, frameTypes.headers, frameTypes.ping),
    flags: fc.constantFrom(0, flags.endStream, flags.padded),
    streamId: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 8 },
);

describe('frames', () => {
  it('are the same however the network slices them', () => {
    fc.assert(
      fc.property(given, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (frames, sizes) => {
        const seen: (Frame & { payload: string; isLast: boolean })[] = [];
        const read = createFrameReader((head, payload, isLast) => {
          const last = seen.at(-1);
          const text = payload.toString('hex');
          if (last === undefined || last.isLast) seen.push({ ...head, payload: text, isLast });
          else seen.splice(-1, 1, { ...head, payload: last.payload + text, isLast });
        });
        const bytes = Buffer.concat(
          frames.map((each) => frame(each.type, each.flags, each.streamId, Buffer.from(each.payload))),
        );
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] as number;
          read(bytes.subarray(at, at + size));
          at += size;
        }
        expect(seen).toEqual(
          frames.map((each) => ({ ...each, payload: Buffer.from(each.payload).toString('hex'), isLast: true })),
        );
      }),
    );
  });
});
