import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, startTestPostgres, type TestDatabase } from '@quarterdeck/database/testing';
import { WebSocket } from 'ws';
import { createApp } from '../apps/api/src/app.ts';
import { type Composition, compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { percentile, printResult } from './result.ts';

const rounds = 200;
const goalMs = 5000;
const origin = 'http://localhost:8080';

type Replica = { app: Awaited<ReturnType<typeof createApp>>; composition: Composition; port: number };

/**
 * How long a right outlives its end: one replica takes it away (a session, an account, by turns), the other holds an open
 * stream and is asked for a page until it refuses. Baseline: the way of a bare notification through PostgreSQL.
 */
const { postgres, server } = await startTestPostgres();
const database = await createTestDatabase(postgres);
const keyring = parseKeyring(newKeyringText(randomBytes, 'bench'));
const [near, far] = [await openReplica(), await openReplica()];

const closed: number[] = [];
const refused: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const person = await addPerson(database);
  const stream = new WebSocket(`ws://127.0.0.1:${far.port}/api/v1/live`, ['quarterdeck.live.v1'], {
    headers: { cookie: person.cookie, origin },
  });
  await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject));
  const ended = new Promise<number>((resolve) => stream.once('close', () => resolve(performance.now())));
  const started = performance.now();
  await takeAway(near, person, round);
  refused.push((await firstRefusal(far, person.cookie)) - started);
  closed.push((await ended) - started);
}
const baseline = await notificationTimes(database, rounds);
for (const { app, composition } of [near, far]) {
  await app.close();
  await composition.connections.close();
}
await database.drop();
await server.stop();

const all = closed.map((at, index) => Math.max(at, refused[index] ?? 0));
const row = (name: string, times: readonly number[]) =>
  process.stdout.write(
    `${name.padEnd(24)}${[0.5, 0.95, 0.99, 1].map((share) => percentile(times, share).toFixed(1).padStart(10)).join('')}\n`,
  );
process.stdout.write(`${' '.repeat(24)}  p50, ms   p95, ms   p99, ms   max, ms\n`);
row('stream closed', closed);
row('request refused', refused);
row('bare notification', baseline);
const rounded = (value: number) => Math.round(value * 10) / 10;
printResult({
  figure: 'revoke',
  value: rounded(percentile(all, 0.99)),
  unit: 'ms',
  baseline: rounded(percentile(baseline, 0.99)),
  goal: goalMs,
  more: { closedP99Ms: rounded(percentile(closed, 0.99)), refusedP99Ms: rounded(percentile(refused, 0.99)), rounds },
});

async function openReplica(): Promise<Replica> {
  const config = parseConfig({}, []);
  const logger = createLogger({ level: 'silent' });
  const composition = await compose({ config, database, keyring, logger, signInFloorMs: 0 });
  const app = await createApp(composition);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, composition, port: (app.server.address() as AddressInfo).port };
}

async function addPerson(on: TestDatabase): Promise<{ uuid: string; cookie: string }> {
  const [uuid, secret] = [randomUUID(), randomBytes(32).toString('base64url')];
  await on.pool.query('INSERT INTO identity_user (id, name, display_name) VALUES ($1, $2, $2)', [uuid, uuid]);
  await on.pool.query(
    `INSERT INTO identity_session (id, secret_hash, user_id, ip, user_agent, expires_at)
     VALUES ($1, $2, $3, '127.0.0.1', 'bench', now() + interval '1 hour')`,
    [randomUUID(), createHash('sha256').update(secret).digest(), uuid],
  );
  return { uuid, cookie: `qd-local=${secret}` };
}

async function takeAway(replica: Replica, person: { uuid: string; cookie: string }, round: number): Promise<void> {
  if (round % 2 === 0) {
    const headers = { cookie: person.cookie, origin };
    const answer = await replica.app.inject({ method: 'DELETE', url: '/api/v1/me/session', headers });
    if (answer.statusCode >= 300) throw new Error(`The sign-out was answered with ${answer.statusCode}.`);
    return;
  }
  await database.pool.query('UPDATE identity_user SET disabled_at = now() WHERE id = $1', [person.uuid]);
}

async function firstRefusal(replica: Replica, cookie: string): Promise<number> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${replica.port}/api/v1/me/sessions`, { headers: { cookie } });
    await response.arrayBuffer();
    if (response.status === 401) return performance.now();
    await wait(1);
  }
}

async function notificationTimes(on: TestDatabase, count: number): Promise<number[]> {
  let heard: (() => void) | undefined;
  const stop = on.listen('bench_revoke', () => heard?.());
  const times: number[] = [];
  await wait(500);
  for (let at = 0; at < count; at += 1) {
    const started = performance.now();
    const arrived = new Promise<void>((resolve) => {
      heard = resolve;
    });
    await on.pool.query("SELECT pg_notify('bench_revoke', '')");
    await arrived;
    times.push(performance.now() - started);
  }
  stop();
  return times;
}
