import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { inject } from 'vitest';
import { createApp } from '../app.ts';
import { type Composition, compose } from '../compose.ts';
import { type Config, parseConfig } from '../config.ts';
import { newKeyringText, parseKeyring } from '../platform/crypto/keyring.ts';
import { createLogger } from '../platform/telemetry/logger.ts';

export const testOrigin = 'http://localhost:8080';

export type TestApp = {
  app: FastifyInstance;
  database: TestDatabase;
  composition: Composition;
  /** Lines the server logged. */
  logged: string[];
  close(): Promise<void>;
};

/** The whole application on a fresh database, without a network. */
export async function createTestApp(overrides?: Partial<Config>): Promise<TestApp> {
  const database = await createTestDatabase(inject('postgres'));
  const logged: string[] = [];
  const logger = createLogger({
    level: 'info',
    destination: new Writable({
      write(chunk, _encoding, done) {
        logged.push(String(chunk));
        done();
      },
    }),
  });
  const config = { ...parseConfig({}, []), ...overrides };
  const keyring = parseKeyring(newKeyringText(randomBytes, 'test'));
  const composition = await compose({ config, database, keyring, logger, signInFloorMs: 0 });
  const app = await createApp(composition);
  await app.ready();
  return {
    app,
    database,
    composition,
    logged,
    async close() {
      await app.close();
      await composition.connections.close();
      await database.drop();
    },
  };
}

export type SignedInClient = {
  cookie: string;
  request(
    options: InjectOptions & { url: string },
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown> }>;
};

/** Calls below `/api/v1` as a program would: the token, no origin, no cookie. */
export function programOf(app: FastifyInstance, token: string): Pick<SignedInClient, 'request'> {
  return {
    request: async (options) =>
      read(
        await app.inject({
          ...options,
          url: `/api/v1${options.url}`,
          headers: { authorization: `Bearer ${token}`, ...options.headers },
        }),
      ),
  };
}

function read(response: LightMyRequestResponse): Awaited<ReturnType<SignedInClient['request']>> {
  const isJson = /^application\/(problem\+)?json\b/.test(String(response.headers['content-type'] ?? ''));
  return {
    status: response.statusCode,
    body: isJson ? (response.json() as Record<string, unknown>) : {},
    headers: response.headers,
  };
}

/** Calls below `/api/v1` as a page of ours would: our origin, JSON, the cookie if there is one. */
export function clientOf(app: FastifyInstance, cookie = ''): SignedInClient {
  return {
    cookie,
    async request(options) {
      return read(
        await app.inject({
          ...options,
          url: `/api/v1${options.url}`,
          headers: { origin: testOrigin, ...(cookie === '' ? {} : { cookie }), ...options.headers },
        }),
      );
    },
  };
}

export const testOwner = { name: 'owner', displayName: 'Test Owner', password: 'correct horse battery staple' };

type Claimable = Pick<TestApp, 'app' | 'composition'> & Partial<TestApp>;

/** Claims the installation and returns a client signed in as its owner. */
export async function claimAsOwner({ app, composition }: Claimable): Promise<SignedInClient> {
  const code = await composition.identity.prepareSetup();
  const response = await clientOf(app).request({ method: 'POST', url: '/auth/setup', payload: { code, ...testOwner } });
  if (response.status !== 201) throw new Error(`claim failed: ${JSON.stringify(response.body)}`);
  return clientOf(app, String(response.headers['set-cookie']).split(';', 1)[0]);
}
