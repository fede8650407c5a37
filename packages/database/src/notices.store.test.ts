import { afterAll, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;
let heard: (string | undefined)[] = [];

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true });
  database.listen('news', (payload) => heard.push(payload));
  await vi.waitFor(
    () => {
      database.pool.notify('news', 'is anybody there?');
      expect(heard).not.toEqual([]);
    },
    { timeout: 60_000 },
  );
});
afterAll(() => database.drop());
beforeEach(async () => {
  await until('before');
  heard = [];
});

/** All that was sent before this has been heard once this is. */
async function until(text: string): Promise<(string | undefined)[]> {
  database.pool.notify('news', text);
  await expect.poll(() => heard).toContain(text);
  return heard.filter((payload) => payload !== text);
}

it('a transaction tells of what it did once it is committed', async () => {
  await database.transaction(async (tx) => {
    tx.notify('news', 'done');
    expect(await database.elsewhere(() => until('meanwhile'))).toEqual([]);
  });
  expect(await until('after')).toEqual(['meanwhile', 'done']);
});

it('one that failed tells of nothing', async () => {
  const change = database.transaction(async (tx) => {
    tx.notify('news', 'never done');
    throw new Error('changed its mind');
  });
  await expect(change).rejects.toThrow();
  expect(await until('after')).toEqual([]);
});

it('the same, again and again, is told a few times', async () => {
  for (let time = 0; time < 1000; time += 1) database.keyed.notify('news', 'again');
  const told = await until('after');
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(10);
});
