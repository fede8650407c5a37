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
