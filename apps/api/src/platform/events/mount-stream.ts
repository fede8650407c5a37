import type { Permission } from '@quarterdeck/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { AppError } from '../errors.ts';
import { type Actor, principalId, viaOf } from '../principal.ts';
import type { StreamLimits } from './stream-limits.ts';

/** What a request for a stream asks for, once it has been read and allowed. */
export type Admitted<Asked> = {
  asked: Asked;
  /** The one cluster the stream reads from. */
  clusterId?: string;
};

/**
 * A route that becomes a WebSocket. Session and Origin (the hooks of the server), subprotocol, input, permission and
 * the caps on open streams are decided before the 101: a refusal is an answer like any other, and no socket opens.
 * Browsers hide that answer from the page, so a plain GET gets the same one; where nothing refuses it is 426.
 */
export function mountStream<Asked>(
  api: FastifyInstance,
  stream: { path: string; subprotocol: string; permission: Permission },
  options: {
    limits: StreamLimits;
    /** Reads and authorises. @throws AppError when the stream may not open */
    admit(request: FastifyRequest, actor: Actor): Promise<Admitted<Asked>>;
    serve(socket: WebSocket, actor: Actor, asked: Asked): void;
  },
): void {
  const admitted = new WeakMap<FastifyRequest, { actor: Actor; asked: Asked }>();

  async function preHandler(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.ws && offered(request) !== stream.subprotocol) {
      throw new AppError('invalid_request', 400, `Use the WebSocket subprotocol ${stream.subprotocol}.`);
    }
    const { principal, id: requestId, ip } = request;
    if (principal === undefined) throw new AppError('unauthenticated', 401, 'Sign in first.');
    const actor: Actor = { principal, via: viaOf(principal), requestId, ip };
    const { asked, clusterId } = await options.admit(request, actor);
    const release = options.limits.take(principalId(principal), clusterId);
    if (!request.ws) {
      release();
      reply.header('upgrade', 'websocket');
      throw new AppError(
        'upgrade_required',
        426,
        `Open this as a WebSocket with the subprotocol ${stream.subprotocol}.`,
      );
    }
    // The response closes with the connection, whether it became a stream or not.
    reply.raw.once('close', release);
    if (reply.raw.destroyed) release();
    admitted.set(request, { actor, asked });
  }

  api.get(
    stream.path,
    { websocket: true, config: { permission: stream.permission }, preHandler },
    (socket: WebSocket, request: FastifyRequest) => {
      const entry = admitted.get(request);
      if (entry === undefined) return socket.terminate();
      options.serve(socket, entry.actor, entry.asked);
    },
  );
}

/** The subprotocol that the server will choose: the first of ours. */
function offered(request: FastifyRequest): string | undefined {
  return request.headers['sec-websocket-protocol']
    ?.split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith('quarterdeck.'));
}
