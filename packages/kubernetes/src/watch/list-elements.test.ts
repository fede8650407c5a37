import { describe, expect, it } from 'vitest';
import { splitLines } from './byte-lines.ts';
import { readListElements } from './list-elements.ts';

async function* slices(source: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(source, 'utf8');
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(source: string, size: number, maxBytes?: number) {
  let skipped = 0;
  const count = () => {
    skipped += 1;
  };
  const reading = readListElements(slices(source, size), count, maxBytes);
  const items: unknown[] = [];
  let next = await reading.next();
  for (; next.done !== true; next = await reading.next()) items.push(JSON.parse(next.value.toString('utf8')));
  return { items, shell: next.value, skipped };
}

describe('a list read element by element', () => {
  const items = [{ a: '日本語 🚢 ]}' }, { b: [1, { c: '\\"items\\":[' }], items: [{}] }, {}];
  it.each([
    ['its version first', { kind: 'PodList', metadata: { resourceVersion: '7', continue: 't' }, items }],
    ['its version last', { items, metadata: { resourceVersion: '7', continue: 't' } }],
  ])('is the same however it is cut, with %s', async (_name, list) => {
    for (const source of [JSON.stringify(list), JSON.stringify(list, null, 2)]) {
      for (let size = 1; size < 40; size += 1) {
        const result = await read(source, size);
        expect(result.items).toEqual(items);
        expect(result.shell.metadata).toEqual({ resourceVersion: '7', continue: 't' });
      }
    }
  });

  it('may be empty, or hold other lists that are not its items', async () => {
    const list = { metadata: { resourceVersion: '1', other: { items: [{ x: 1 }] } }, columns: [{ y: 2 }], items: [] };
    expect((await read(JSON.stringify(list), 5)).items).toEqual([]);
    expect((await read('{"metadata":{},"items":null}', 3)).items).toEqual([]);
  });

  it('passes over an element above the limit and counts it', async () => {
    const list = { items: [{ n: 1 }, { n: 'x'.repeat(500) }, { n: 3 }] };
    const result = await read(JSON.stringify(list), 16, 100);
    expect(result.items).toEqual([{ n: 1 }, { n: 3 }]);
    expect(result.skipped).toBe(1);
  });

  it.each(['', '{"items":[{"a":1}', '{"metadata":{"resourceVersion":"1"},"items":[{"a":1}]', '{"items":[{"a":"'])(
    'that ends early is an error: %s',
    async (source) => {
      await expect(read(source, 4)).rejects.toThrow();
    },
  );
});

describe('lines', () => {
  async function split(source: Buffer | string, size: number, maxBytes?: number) {
    const bytes = Buffer.from(source);
    const lines: string[] = [];
    let skipped = 0;
    const count = () => {
      skipped += 1;
    };
    async function* chunks() {
      for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
    }
    for await (const line of splitLines(chunks(), count, maxBytes)) lines.push(line.toString('utf8'));
    return { lines, skipped };
  }

  it('are whole however the network cuts them, and the unfinished last one is dropped', async () => {
    const source = '{"a":"日本語 🚢"}\n\n{"b":1}\n{"cut":';
    for (let size = 1; size <= Buffer.byteLength(source); size += 1) {
      expect(await split(source, size)).toEqual({ lines: ['{"a":"日本語 🚢"}', '{"b":1}'], skipped: 0 });
    }
  });

  it('above the limit are counted and passed over, and the next one is read', async () => {
    for (const size of [1, 7, 50, 1000]) {
      expect(await split(`${'x'.repeat(101)}\n{}\n${'y'.repeat(100)}\n`, size, 100)).toEqual({
        lines: ['{}', 'y'.repeat(100)],
        skipped: 1,
      });
    }
  });
});
