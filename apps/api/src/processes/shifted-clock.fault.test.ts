import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, freePort, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { verifyTrail } from '../features/audit/index.ts';
import { newKeyringText } from '../platform/crypto/keyring.ts';
import { testOwner } from '../testing/test-app.ts';

const serverFile = fileURLToPath(new URL('../server.ts', import.meta.url));
const tenMinutes = 600_000;

type Server = { origin: string; setupCode: string; process: ChildProcess };

let database: TestDatabase;
const keyring = newKeyringText(randomBytes, 'test');
const servers: Server[] = [];

/** The clock of a host that runs ahead or behind, as its programs see it. */
function shifted(ms: number): string {
  const code = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { if (given.length === 0) super(Real.now() + ${ms}); else super(...given); }
    static now() { return Real.now() + ${ms}; }
  };`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function startServer(shiftMs: number): Promise<Server> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', shifted(shiftMs), serverFile, '--port', String(port)], {
    env: { DATABASE_URL: database.url, QUARTERDECK_KEYRING: keyring, QUARTERDECK_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const server: Server = { origin: `http://localhost:${port}`, setupCode: '', process: child };
  servers.push(server);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    server.setupCode ||= /Setup code: (\S+)/.exec(text)?.[1] ?? '';
  });
  await vi.waitFor(
    async () => {
      if ((await fetch(`${server.origin}/readyz`)).status !== 200) throw new Error('not ready yet');
    },
    { timeout: 60_000, interval: 100 },
  );
  return server;
}

let right: Server;
let ahead: Server;
let behind: Server;
let cookie = '';

async function call(server: Server, method: string, path: string, options: { body?: object; token?: string } = {}) {
  const response = await fetch(`${server.origin}/api/v1${path}`, {
    method,
    headers: {
      ...(options.token === undefined
        ? { origin: server.origin, ...(cookie === '' ? {} : { cookie }) }
        : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const body = response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
  return { status: response.status, body, headers: response.headers };
}

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  right = await startServer(0);
  ahead = await startServer(tenMinutes);
  behind = await startServer(-tenMinutes);
  await vi.waitFor(() => expect(behind.setupCode).not.toBe(''), { timeout: 60_000 });
});
afterAll(async () => {
  for (const server of servers) server.process.kill('SIGKILL');
  await database.drop();
});

describe('F20: servers whose clocks are ten minutes ahead and behind', () => {
  it('honour what the others gave, and go by the time of the database', async () => {
    // Each server printed a code of its own; any of them claims.
    const claimed = await call(behind, 'POST', '/auth/setup', { body: { code: behind.setupCode, ...testOwner } });
    expect(claimed.status).toBe(201);
    cookie = claimed.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    for (const server of [right, ahead, behind]) expect((await call(server, 'GET', '/me')).status).toBe(200);

    // Making a token wants a sign-in of the last ten minutes.
    const secrets: string[] = [];
    for (const [n, server] of [right, ahead, behind].entries()) {
      const made = await call(server, 'POST', '/me/tokens', {
        body: { name: `t${n}`, permissions: ['identity:self'] },
      });
      expect([n, made.status]).toEqual([n, 201]);
      secrets.push(String(made.body.secret));
    }
    const token = secrets[0] ?? '';
    const use = (server: Server) => call(server, 'GET', '/me/tokens', { token }).then(({ status }) => status);
    await database.pool.query("UPDATE identity_token SET expires_at = now() + interval '5 minutes'");
    for (const server of [right, ahead, behind]) expect(await use(server)).toBe(200);
    await database.pool.query("UPDATE identity_token SET expires_at = now() - interval '1 second'");
    for (const server of [right, ahead, behind]) await expect.poll(() => use(server)).toBe(401);
  });

  it('write records with the time of the database, in the order they happened', async () => {
    for (const server of [ahead, behind, right]) {
      await call(server, 'POST', '/auth/sign-in', { body: { name: 'nobody', password: 'wrong' } });
    }
    const { rows } = await database.pool.query<{ off: number }>(
      "SELECT extract(epoch FROM clock_timestamp() - at)::float8 AS off FROM audit_event WHERE code = 'sign_in_failed' ORDER BY seq",
    );
    expect(rows).toHaveLength(3);
    const ages = rows.map(({ off }) => off);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ages)).toBeLessThan(60);
    expect(ages).toEqual(ages.toSorted((a, b) => b - a));
    expect((await verifyTrail(database.pool)).bad).toBeUndefined();
  });
});
