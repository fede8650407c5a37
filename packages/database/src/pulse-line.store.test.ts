import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { parseHosts } from './hosts.ts';
import { createPulseLine, type PulseLine } from './pulse-line.ts';
import { type DatabaseProxy, startDatabaseProxy } from './testing/database-proxy.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;
let proxy: DatabaseProxy;
let line: PulseLine;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  const { hostname, port } = new URL(database.url);
  proxy = await startDatabaseProxy({ host: hostname, port: Number(port) });
});
afterAll(async () => {
  line.close();
  await proxy.close();
  await database.drop();
});
beforeEach(() => {
  line?.close();
  const url = new URL(database.url);
  url.port = String(proxy.port);
  line = createPulseLine(parseHosts(url.href));
});

async function lines(): Promise<number[]> {
  const { rows } = await database.pool.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'quarterdeck-pulse' AND datname = current_database()",
  );
  return rows.map(({ pid }) => pid);
}

it('asks again and again on one connection', async () => {
  line.open();
  await line.ask();
  const first = await lines();
  expect(first).toHaveLength(1);
  for (let question = 0; question < 20; question += 1) await line.ask();
  expect(await lines()).toEqual(first);
  line.close();
  await expect.poll(lines).toEqual([]);
});

it('opens another one when the first was ended, and the question is answered all the same', async () => {
  await line.ask();
  const [first] = await lines();
  await database.asSuperuser(`SELECT pg_terminate_backend(${first})`);
  await line.ask();
  expect(await lines()).not.toContain(first);
});

it('gives up a line that hangs when it is asked again, and nobody waits for the old one', async () => {
  await line.ask();
  proxy.stall();
  const hanging = line.ask().then(
    () => 'answered',
    () => 'failed',
  );
  // The first question has been put; the next one may only be answered by another line.
  await new Promise((resolve) => setImmediate(resolve));
  const next = line.ask().then(
    () => 'answered',
    () => 'failed',
  );
  proxy.flow();
  expect(await next).toBe('answered');
  expect(await hanging).toBe('answered');
});
