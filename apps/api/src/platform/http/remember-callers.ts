import { createHash } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../principal.ts';
import { createRecent, type Memory, momentMs } from '../recent.ts';
import type { Authenticator } from './ports.ts';
import { clusterPrefix } from './problems.ts';

const listPrefix = '/api/v1/inventory/';
const apiPrefix = '/api/v1/';
const signInPrefix = '/api/v1/auth/';

/**
 * kubectl and controllers ask clusters, and pages and programs ask for lists, many times a second with the same
 * credential: for those who that is may be a second old, and is forgotten as soon as a right or a session changes
 * anywhere. All other requests ask each time.
 */
export function rememberCallers(
  authenticator: Authenticator,
  { listen }: Pick<Database, 'listen'>,
): Authenticator & { forget(): void; close(): void } {
  const recent = createRecent<Principal | undefined>(momentMs);
  const close = listen('quarterdeck_access', () => recent.forget());
  return {
    close,
    forget: recent.forget,
    async authenticate(request) {
      if (!isFrequent(request)) return authenticator.authenticate(request);
      const principal = await recent.get(keyOf(request), () => authenticator.authenticate(request));
      return isOver(principal) ? authenticator.authenticate(request) : principal;
    },
  };
}

/**
 * What a request has changed here holds for whoever asks after its answer: nothing that was remembered before is used.
 * Other servers hear of it by a notification.
 */
export function forgetAfterChanges(app: FastifyInstance, memories: readonly Pick<Memory, 'forget'>[]): void {
  app.addHook('onSend', async (request) => {
    if (mayChange(request)) for (const memory of memories) memory.forget();
  });
}

function mayChange({ method, url }: FastifyRequest): boolean {
  if (!url.startsWith(apiPrefix)) return false;
  return (method !== 'GET' && method !== 'HEAD') || url.startsWith(signInPrefix);
}

function isFrequent({ method, url, headers }: FastifyRequest): boolean {
  // A session asks a cluster each time: what it changes there is a person's own doing.
  if (url.startsWith(clusterPrefix)) return headers.authorization !== undefined;
  return url.startsWith(listPrefix) && (method === 'GET' || method === 'HEAD') && headers.upgrade === undefined;
}

/** The network it came from is judged with a token; whether it counts as use, with a session. */
function keyOf({ ip, headers }: FastifyRequest): string {
  const { authorization = '', cookie = '' } = headers;
  const background = headers['x-quarterdeck-background'] === undefined ? '' : 'background';
  return createHash('sha256').update(`${ip}\n${background}\n${authorization}\n${cookie}`).digest('base64');
}

function isOver(principal: Principal | undefined): boolean {
  return (
    principal !== undefined && principal.kind !== 'system' && principal.credential.expiresAt.getTime() <= Date.now()
  );
}
