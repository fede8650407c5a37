import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { int2Array, int4Array, int8Array, textArray, timeArray } from './arrays.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true });
});
afterAll(() => database.drop());

async function read(type: string, array: Buffer): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ value: unknown }>(
    `SELECT value::text FROM unnest($1::${type}[]) WITH ORDINALITY AS i(value, place) ORDER BY place`,
    [array],
  );
  return rows.map((row) => row.value);
}

it('texts arrive as they are, whatever they hold', async () => {
  const texts = ['', 'a', '{"a","b"}', 'NULL', 'back\\slash', 'x'.repeat(100_000), '語🚢', '\u{FFFD}', ' , '];
  expect(await read('text', textArray(texts))).toEqual(texts);
});

it('numbers arrive exactly, to the ends of what they may be', async () => {
  const small = [-32_768, -1, 0, 1, 32_767];
  expect(await read('int2', int2Array(small))).toEqual(small.map(String));
  const whole = [-2_147_483_648, -1, 0, 1, 2_147_483_647];
  expect(await read('int4', int4Array(whole))).toEqual(whole.map(String));
  const large = [Number.MIN_SAFE_INTEGER, -4_294_967_297, -1, 0, 4_294_967_296, Number.MAX_SAFE_INTEGER];
  expect(await read('int8', int8Array(large))).toEqual(large.map(String));
});

it('times arrive to the millisecond, before and after the year 2000', async () => {
  const times = [0, Date.UTC(1999, 11, 31, 23, 59, 59, 999), Date.UTC(2000, 0, 1), Date.UTC(2199, 11, 31, 1, 2, 3, 4)];
  const { rows } = await database.pool.query<{ at: Date }>(
    'SELECT at FROM unnest($1::timestamptz[]) WITH ORDINALITY AS i(at, place) ORDER BY place',
    [timeArray(times)],
  );
  expect(rows.map(({ at }) => at.getTime())).toEqual(times);
});

it('no element is an empty array', async () => {
  for (const [type, array] of [
    ['text', textArray([])],
    ['int8', int8Array([])],
  ] as const)
    expect(await read(type, array)).toEqual([]);
});
