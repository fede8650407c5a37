import { chmod, mkdtemp } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type Database } from './database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { DatabaseUnavailableError } from './errors.ts';
import { freePort } from './testing/test-postgres.ts';

let port: number;
let folder: string;
let server: EmbeddedPostgres;
let database: Database;

const start = () => startEmbeddedPostgres({ folder, port, password: 'test', durable: true });

beforeAll(async () => {
  port = await freePort();
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'quarterdeck-outage-')), 'postgres');
  // As root, PostgreSQL runs as another user, who must pass through.
  await chmod(path.dirname(folder), 0o755);
  server = await start();
  database = createDatabase({ url: server.url('postgres') });
});
afterAll(async () => {
  await database.close();
  await server.stop({ remove: true });
});

it('PostgreSQL that goes and comes back is an error with a name meanwhile, and needs no restart of ours', async () => {
  const heard: (string | undefined)[] = [];
  database.listen('news', (payload) => heard.push(payload));
  const tell = (text: string) => database.pool.query('SELECT pg_notify($1, $2)', ['news', text]);
  await expect
    .poll(async () => {
      await tell('first');
      return heard.includes('first');
    })
    .toBe(true);

  await server.stop();
  await expect(database.pool.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
  await expect(database.transaction((tx) => tx.query('SELECT 1'))).rejects.toBeInstanceOf(DatabaseUnavailableError);

  server = await start();
  await expect
    .poll(() =>
      database.pool.query('SELECT 1').then(
        (result) => result.rowCount,
        () => 0,
      ),
    )
    .toBe(1);
  // The gap is told once, since what was said meanwhile is lost; then the news come again.
  await expect.poll(() => heard.includes(undefined)).toBe(true);
  await expect
    .poll(async () => {
      await tell('second');
      return heard.includes('second');
    })
    .toBe(true);
});

it('a connection that is cut while it is asked whether it takes writes fails one statement and nothing else', async () => {
  let cuts = 0;
  const cutting = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
    upstream.pipe(client);
    client.on('data', (bytes) => {
      if (!bytes.includes('pg_is_in_recovery') || cuts === 3) {
        upstream.write(bytes);
        return;
      }
      cuts += 1;
      client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
  const address = cutting.address();
  const behind = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = createDatabase({ url: server.url('postgres').replace(`:${port}/`, `:${behind}/`) });
  try {
    for (let statement = 1; statement <= 3; statement += 1) {
      await expect(cut.pool.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
      expect(cuts).toBe(statement);
    }
    // An error that nobody listens for ends the process, and fails this file with it.
    await expect(cut.pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  } finally {
    await cut.close();
    cutting.close();
  }
});

it('a database that is closed while its listener connects is closed', async () => {
  for (let round = 0; round < 5; round += 1) {
    const short = createDatabase({ url: server.url('postgres') });
    short.listen('news', () => {});
    await short.close();
  }
});
