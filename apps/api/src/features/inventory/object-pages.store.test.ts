import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createInventoryReadModel, type InventoryReadModel } from './inventory.read-model.ts';
import { createInventoryStore, type Fence, type InventoryStore } from './inventory.store.ts';
import type { ObjectFilter, ObjectPosition, ObjectSort } from './object-conditions.ts';
import type { ObjectRow } from './object-rows.ts';
import { wholeReach } from './reach.ts';

const limit = 4;
const shared = { plural: 'pods', reach: wholeReach([], true) };
const words: ObjectFilter = { ...shared, q: 'cart' };
const byName: ObjectSort = { column: 'name', descending: false };

let database: TestDatabase;
let store: InventoryStore;
let fences: Fence[];
let nextCluster = 1;
/** Asked again and again, and what it sends. */
let pages: InventoryReadModel;
let sent: string[];

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  store = createInventoryStore(database);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.asSuperuser('TRUNCATE inventory_object, inventory_head, inventory_change');
  fences = [await joined(), await joined()];
  sent = [];
  const query: TestDatabase['pool']['query'] = (sql, values, options) => {
    sent.push(sql);
    return database.pool.query(sql, values, options);
  };
  pages = createInventoryReadModel({ ...database, pool: { ...database.pool, query } });
});

async function joined(): Promise<Fence> {
  const clusterNo = nextCluster++;
  await store.ensureHeads([clusterNo]);
  return (await store.takeHeads('worker-a', [clusterNo], 1, 15))[0] as Fence;
}

function pod(name: string, change: Partial<ObjectRow> = {}): ObjectRow {
  return {
    ...{ namespace: 'shop', name, uid: `uid-${name}`, createdAt: new Date('2026-11-24T10:00:00Z') },
    ...{ health: 'healthy', statusText: 'Running', restarts: 0, labels: {}, facts: {}, search: 'cart' },
    ...change,
  };
}
const put = (cluster: number, ...rows: ObjectRow[]) => store.putObjects(fences[cluster] as Fence, 'pods', rows);

async function names(model: InventoryReadModel, sort = byName, filter = words, position?: ObjectPosition) {
  const page = await model.page(filter, sort, position, limit);
  return page.map(({ row }) => `${row.name} ${row.namespace} ${row.restarts}`);
}
const anew = () => createInventoryReadModel(database);
/** How often rows were looked for everywhere, and how often only among those that a page was made of. */
const looks = () => ({
  found: sent.filter((sql) => sql.includes('o.facts') && !sql.includes('o.id = ANY')).length,
  lookedAt: sent.filter((sql) => sql.includes('o.id = ANY') && !sql.includes('o.facts')).length,
});
/** How often PostgreSQL was asked what the rows hold. */
const readings = () => sent.filter((sql) => sql.includes('o.facts')).length;

describe('a page that is asked for again', () => {
  beforeEach(() => put(0, pod('a'), pod('b'), pod('c'), pod('d'), pod('e'), pod('other', { search: 'other' })));

  it('is not found anew, and shows its rows as they are now', async () => {
    await names(pages);
    await put(0, pod('b', { restarts: 7 }));
    expect(await names(pages)).toEqual(['a shop 0', 'b shop 7', 'c shop 0', 'd shop 0']);
    expect(looks()).toEqual({ found: 1, lookedAt: 1 });
  });

  it('is confirmed without being sent again, until a row of it holds something else', async () => {
    for (const filter of [words, shared]) {
      const before = readings();
      const page = await pages.page(filter, byName, undefined, limit);
      expect(await pages.page(filter, byName, undefined, limit)).toEqual(page);
      expect(readings()).toBe(before + 1);
      await put(0, pod('c', { facts: { phase: `as of ${before}` }, labels: { seen: String(before) } }));
      const [, , changed] = await pages.page(filter, byName, undefined, limit);
      expect([changed?.row.facts, changed?.row.labels]).toEqual([
        `{"phase": "as of ${before}"}`,
        `{"seen": "${before}"}`,
      ]);
      expect(readings()).toBe(before + 2);
    }
  });

  it('takes in a row that is new, or has begun to match, in any cluster', async () => {
    await names(pages);
    await put(1, pod('aa'));
    expect((await names(pages)).map((line) => line[0])).toEqual(['a', 'a', 'b', 'c']);
    await put(0, pod('other', { name: 'other', search: 'cart' }), pod('0', { namespace: 'new' }));
    expect((await names(pages)).map((line) => line.split(' ', 2).join(' '))).toEqual([
      '0 new',
      'a shop',
      'aa shop',
      'b shop',
    ]);
    expect(looks()).toEqual({ found: 1, lookedAt: 2 });
  });

  it('is found anew where a row went, stopped matching or moved on: who follows was never looked at', async () => {
    await names(pages);
    await store.deleteObjects(fences[0] as Fence, 'pods', [{ namespace: 'shop', name: 'a', uid: 'uid-a' }]);
    expect((await names(pages)).map((line) => line[0])).toEqual(['b', 'c', 'd', 'e']);
    await put(0, pod('c', { search: 'other' }));
    expect((await names(pages)).map((line) => line[0])).toEqual(['b', 'd', 'e']);
    expect(looks()).toEqual({ found: 3, lookedAt: 2 });
  });

  it('that held all there were takes in the next without looking further', async () => {
    const few = { ...shared, q: 'other' };
    expect(await names(pages, byName, few)).toHaveLength(1);
    await put(0, ...['v', 'w', 'x', 'y', 'z'].map((name) => pod(name, { search: 'other' })));
    expect((await names(pages, byName, few)).map((line) => line[0])).toEqual(['o', 'v', 'w', 'x']);
    expect(looks()).toEqual({ found: 1, lookedAt: 1 });
  });

  it('says nothing about one of another filter, order, start or sight', async () => {
    const [first] = await pages.page(words, byName, undefined, limit);
    const others: Parameters<InventoryReadModel['page']>[] = [
      [{ ...words, health: ['healthy'] }, byName, undefined, limit],
      [words, { ...byName, descending: true }, undefined, limit],
      [words, byName, first?.position, limit],
      [{ ...words, reach: { ...words.reach, isFleet: false, key: 'nothing' } }, byName, undefined, limit],
    ];
    for (const asked of others) expect(await pages.page(...asked)).toEqual(await anew().page(...asked));
    expect(looks()).toEqual({ found: 5, lookedAt: 0 });
  });

  it('is found anew where the change log cannot tell everything', async () => {
    await names(pages);
    await put(0, pod('aa'));
    await database.asSuperuser('DELETE FROM inventory_change');
    await put(0, pod('ab'));
    expect((await names(pages)).map((line) => line.split(' ')[0])).toEqual(['a', 'aa', 'ab', 'b']);
    fences.push(await joined());
    await put(2, pod('0'));
    expect((await names(pages)).map((line) => line[0])).toEqual(['0', 'a', 'a', 'a']);
    // As after a failover that lost the last writes: the numbers begin again below.
    await database.asSuperuser("UPDATE inventory_head SET rev = 0; DELETE FROM inventory_object WHERE name = '0'");
    await put(0, pod('00'));
    expect((await names(pages)).map((line) => line.split(' ')[0])).toEqual(['00', 'a', 'aa', 'ab']);
    expect(looks()).toEqual({ found: 4, lookedAt: 0 });
  });
});

it('whatever changes, a page that is asked for again is the one that would be found anew', async () => {
  let seed = 20_261_125;
  const roll = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % below;
  };
  const some = <T>(all: readonly T[]) => all[roll(all.length)] as T;
  const filters: ObjectFilter[] = [
    shared,
    words,
    { ...shared, health: ['failed'] },
    { ...words, namespaces: ['shop'] },
  ];
  const sorts = (['name', 'restarts'] as const).flatMap((column) =>
    [true, false].map((descending) => ({ column, descending })),
  );
  for (let step = 0; step < 150; step += 1) {
    const cluster = roll(2);
    const name = `p${roll(30)}`;
    if (roll(5) === 0) {
      const fence = fences[cluster] as Fence;
      await store.deleteObjects(fence, 'pods', [{ namespace: 'shop', name, uid: `uid-${name}` }]);
    } else {
      const change = { restarts: roll(4), node: `n${roll(3)}`, search: some(['cart', 'other']) };
      await put(
        cluster,
        pod(name, { ...change, health: some(['healthy', 'failed']), namespace: some(['shop', 'inn']) }),
      );
    }
    const [filter, sort] = [some(filters), some(sorts)];
    const start = roll(3) === 0 ? (await anew().page(filter, sort, undefined, limit)).at(-1)?.position : undefined;
    const asked = [filter, sort, start, limit] as const;
    expect(await pages.page(...asked), `step ${step}`).toEqual(await anew().page(...asked));
  }
  expect(looks().lookedAt).toBeGreaterThan(looks().found);
});
