import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import type { Authenticator } from './ports.ts';
import { createHttpServer } from './server.ts';

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

/** A server with one guarded route, and an authenticator that behaves as told. */
async function ask(authenticate: Authenticator['authenticate']) {
  let ran = 0;
  app = await createHttpServer({
    logger: createLogger({ level: 'silent' }),
    publicOrigins: ['http://localhost:8080'],
    trustedProxies: [],
    authenticator: { authenticate },
    authenticationMs: 50,
  });
  app.get('/api/v1/guarded', { config: { permission: 'identity:self' } }, async () => {
    ran += 1;
    return {};
  });
  const answer = await app.inject({ method: 'GET', url: '/api/v1/guarded' });
  return { status: answer.statusCode, code: answer.json().code as string, ran };
}

describe('S20 an authenticator that does not do its work', () => {
  it('lets nobody in when it throws', async () => {
    expect(
      await ask(() => {
        throw new Error('broken');
      }),
    ).toEqual({ status: 503, code: 'unavailable', ran: 0 });
    expect(await ask(() => Promise.reject(new TypeError('broken')))).toMatchObject({ status: 503, ran: 0 });
  });

  it('lets nobody in when it hangs', async () => {
    expect(await ask(() => new Promise(() => {}))).toEqual({ status: 503, code: 'unavailable', ran: 0 });
  });

  it('lets nobody in when it finds nobody', async () => {
    expect(await ask(async () => undefined)).toEqual({ status: 401, code: 'unauthenticated', ran: 0 });
  });
});

describe('S57 a body that takes its time', () => {
  /** A server that finds out who asks again once the body is there; `who` answers by turns. */
  async function send(who: readonly ('in' | 'out')[]) {
    const asked: ('in' | 'out')[] = [];
    let ran: unknown;
    app = await createHttpServer({
      logger: createLogger({ level: 'silent' }),
      publicOrigins: ['http://localhost:8080'],
      trustedProxies: [],
      authenticator: {
        async authenticate() {
          const turn = who[asked.length] ?? 'out';
          asked.push(turn);
          return turn === 'out' ? undefined : { kind: 'system', name: `turn ${asked.length}`, permissions: [] };
        },
      },
      freshMs: 0,
    });
    app.post('/api/v1/guarded', { config: { permission: 'identity:self' } }, async ({ principal }) => {
      ran = principal;
      return {};
    });
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/api/v1/guarded',
      headers: { authorization: 'Bearer x' },
      payload: { a: 1 },
    });
    return { statusCode, asked: asked.length, ran };
  }

  it('is judged by who sent it when it is there, not when it began', async () => {
    expect(await send(['in', 'out'])).toEqual({ statusCode: 401, asked: 2, ran: undefined });
    expect(await send(['in', 'in'])).toMatchObject({ statusCode: 200, asked: 2, ran: { name: 'turn 2' } });
    expect(await send(['out'])).toMatchObject({ statusCode: 401, asked: 1, ran: undefined });
  });
});

describe('a handler that fails', () => {
  it('is a 500 in our words, and the next request is served', async () => {
    app = await createHttpServer({
      logger: createLogger({ level: 'silent' }),
      publicOrigins: ['http://localhost:8080'],
      trustedProxies: [],
      authenticator: { authenticate: async () => undefined },
    });
    const config = { permission: 'public' };
    const failures: Record<string, unknown> = {
      error: new TypeError('SELECT * FROM identity_user at /srv/app/secret.ts:1'),
      text: 'a text that was thrown',
      nothing: undefined,
    };
    for (const [name, thrown] of Object.entries(failures)) {
      app.get(`/api/v1/${name}`, { config }, async () => Promise.reject(thrown));
    }
    app.get('/api/v1/fine', { config }, async () => ({ fine: true }));
    for (const name of Object.keys(failures)) {
      const answer = await app.inject({ method: 'GET', url: `/api/v1/${name}` });
      expect([name, answer.statusCode, answer.json().code]).toEqual([name, 500, 'internal']);
      expect(answer.body).not.toMatch(/SELECT|secret\.ts|thrown|TypeError/);
      expect((await app.inject({ method: 'GET', url: '/api/v1/fine' })).statusCode).toBe(200);
    }
  });
});
