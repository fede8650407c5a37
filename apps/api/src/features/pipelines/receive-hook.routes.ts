import { receiveHook } from '@quarterdeck/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError, notFound } from '../../platform/errors.ts';
import { toAppError } from '../../platform/http/problems.ts';
import { createRate } from '../../platform/rate.ts';
import type { HookAtDoor } from './hooks.store.ts';
import { type HookDoor, refusalOf } from './receive-hook.ts';

const maxBodyBytes = 1_048_576;
const maxPerSecond = 500;

/** What GitLab, registries and Harbor call their JSON. */
const contentTypes =
  /^application\/(json|cloudevents\+json|vnd\.docker\.distribution\.events\.v[12]\+json)(; ?charset=utf-8)?$/i;

/**
 * `POST /hooks/:id`: the hook and the rate are looked at before a byte of the body is taken, the proof before a byte is
 * parsed. What is verified is 202 even where nothing is to be done: GitLab turns a hook off after four failures.
 */
export function mountHooks(api: FastifyInstance, door: HookDoor): void {
  const rate = createRate(maxPerSecond);
  void api.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(contentTypes, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const hooks = new WeakMap<FastifyRequest, HookAtDoor>();

    scope.route<{ Params: { id: string } }>({
      method: receiveHook.method,
      url: receiveHook.path,
      bodyLimit: maxBodyBytes,
      handlerTimeout: 30_000,
      config: { permission: 'public', anyOrigin: true },
      async onRequest(request) {
        const id = receiveHook.params.safeParse(request.params);
        const hook = id.success ? await door.find(id.data.id) : undefined;
        if (hook === undefined) throw notFound('This hook');
        if (!rate.takes()) {
          throw new AppError(
            'rate_limited',
            429,
            `More than ${maxPerSecond} events a second. Send it again in a moment.`,
            {
              retryAfterSeconds: 1,
            },
          );
        }
        hooks.set(request, hook);
      },
      async handler(request, reply) {
        const hook = hooks.get(request);
        if (hook === undefined) throw notFound('This hook');
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const received = await door.receive(hook, { headers: request.headers, body });
        if ('refused' in received) throw refusalOf(received.refused);
        return reply.code(202).send(received);
      },
      async errorHandler(error, request) {
        const failure = toAppError(error, request);
        const hook = hooks.get(request);
        // The database may be what failed; the answer does not wait for a second failure.
        if (hook !== undefined && failure.status < 500) {
          await door.rejected(hook, failure.code, request.ip).catch((cause: unknown) => {
            request.log.warn({ err: cause }, 'a rejected delivery was not recorded');
          });
        }
        throw failure;
      },
    });
  });
}
