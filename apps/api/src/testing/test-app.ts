import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { inject } from 'vitest';
import { createApp } from '../app.ts';
import { type Composition, type CompositionOptions, compose } from '../compose.ts';
import { type Config, parseConfig } from '../config.ts';
import { newKeyringText, parseKeyring } from '../platform/crypto/keyring.ts';
import { createLogger } from '../platform/telemetry/logger.ts';

export const testOrigin = 'http://localhost:8080';

export type TestApp = {
  app: FastifyInstance;
  database: TestDatabase;
  composition: Composition;
  /** What it was composed of: for a second replica, or one after a restart. */
  options?: CompositionOptions;
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
  const options: CompositionOptions = { config, database, keyring, logger, signInFloorMs: 0, rememberMs: 0 };
  const composition = await compose(options);
  const app = await createApp(composition);
  await app.ready();
  return {
    app,
    database,
    composition,
    options,
    logged,
    async close() {
      await app.close();
      await composition.connections.close();
      await database.drop();
    },
  };
}

/** Another server on the same database: a second replica, or this one after a restart. */
export async function openReplica({ options }: TestApp): Promise<Pick<TestApp, 'app' | 'composition' | 'close'>> {
  if (options === undefined) throw new Error('This application cannot have a replica.');
  const composition = await compose(options);
  const app = await createApp(composition);
  await app.ready();
  return {
    app,
    composition,
    async close() {
      await app.close();
      await composition.connections.close();
    },
  };
}

export type SignedInClient = {
  cookie: string;
  request(
    options: InjectOptions & { url: string },
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown>; text: string }>;
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
    text: response.body,
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

/** The `name=value` that an answer sets: the first cookie, or the one of that name. */
export function cookieOf(headers: Record<string, unknown>, name?: string): string {
  const lines = [headers['set-cookie'] ?? []].flat().map(String);
  const line = name === undefined ? lines[0] : lines.find((each) => each.startsWith(`${name}=`));
  return line?.split(';', 1)[0] ?? '';
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
