import {
  type LiveServerMessage,
  type LiveView,
  liveClientMessageSchema,
  liveSubprotocol,
} from '@quarterdeck/contracts';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { AppError } from '../errors.ts';
import type { Authorizer } from '../http/ports.ts';
import { databaseAway, invalidInput } from '../http/problems.ts';
import type { Actor, Principal } from '../principal.ts';
import type { Logger } from '../telemetry/logger.ts';
import { mountStream } from './mount-stream.ts';
import { cutSlow, defaultPace, type Pace } from './paced-send.ts';
import type { Revocations } from './revocations.ts';
import type { StreamLimits } from './stream-limits.ts';

/** One subscription as its source sees it. */
export type LiveSubscription = {
  id: string;
  actor: Actor;
  mode: 'page' | 'set';
  params: unknown;
  cursor: string | undefined;
  /**
   * Sends unless the client reads too slowly; then returns `false` and buffers nothing more. Once the client has caught
   * up, the subscription is ended by a `resync`.
   */
  send(message: LiveServerMessage): boolean;
};

/** What a feature registers for a view: opens the flow of one subscription and returns how to end it. */
export interface LiveSource {
  open(subscription: LiveSubscription): Promise<() => void>;
}

export interface LiveHub {
  register(view: LiveView, source: LiveSource): void;
  /** Mounts `GET /live` on the API instance. */
  mount(app: FastifyInstance): void;
  /** Ends every socket with 1001, before the server stops. */
  close(): Promise<void>;
  readonly sockets: number;
}

const pingMs = 15_000;
const maxSubscriptions = 50;

/**
 * The multiplexed WebSocket: one per browser tab, any number of subscriptions on it. A client that does not read is
 * marked dirty and gets a `resync` once it has caught up; after 60 s it is closed. Rights are checked at each
 * subscription and whenever they may have changed: a view that shows more or less than before then starts afresh.
 */
export function createLiveHub(options: {
  authorizer: Authorizer;
  revocations: Revocations;
  limits: StreamLimits;
  /** What a person sees by a permission, as a text that differs when it does. */
  sightOf: (principal: Principal, permission: LiveView['permission']) => Promise<string>;
  logger: Logger;
  /** How far behind a client may be; tests shorten it. */
  pace?: Pace;
}): LiveHub {
  const pace = options.pace ?? defaultPace;
  const views = new Map<string, { view: LiveView; source: LiveSource }>();
  const connections = new Set<WebSocket>();

  function serve(socket: WebSocket, opener: Actor): void {
    connections.add(socket);
    let actor = opener;
    const open = new Map<string, { close: () => void; dirty: boolean; view: LiveView; sight: string }>();
    let answered = true;
    let slowSince: number | undefined;

    function write(message: LiveServerMessage): boolean {
      if (socket.readyState !== socket.OPEN) return false;
      const text = JSON.stringify(message);
      // Nothing comes on top of more than is allowed; by itself a message may be longer, once all before it is gone.
      const unsent = socket.bufferedAmount;
      if (unsent > 0 && unsent + text.length > pace.unsentBytes) {
        slowSince ??= performance.now();
        return false;
      }
      socket.send(text);
      return true;
    }

    function end(id: string): void {
      const entry = open.get(id);
      open.delete(id);
      entry?.close();
    }

    async function subscribe(
      message: Extract<ReturnType<typeof liveClientMessageSchema.parse>, { type: 'subscribe' }>,
    ) {
      const registered = views.get(message.view);
      if (registered === undefined) throw new AppError('not_found', 404, `There is no live view ${message.view}.`);
      if (!open.has(message.id) && open.size >= maxSubscriptions) {
        throw new AppError('rate_limited', 429, `At most ${maxSubscriptions} subscriptions on one socket.`);
      }
      const params = registered.view.params.safeParse(message.params);
      if (!params.success) throw invalidInput(params.error.issues, 'params');
      await options.authorizer.check(actor, registered.view.permission, 'any');
      end(message.id);
      const sight = await options.sightOf(actor.principal, registered.view.permission);
      const entry = { close: () => {}, dirty: false, view: registered.view, sight };
      open.set(message.id, entry);
      const close = await registered.source.open({
        id: message.id,
        actor,
        mode: message.mode,
        params: params.data,
        cursor: message.cursor,
        send(update) {
          if (open.get(message.id) !== entry || entry.dirty) return false;
          const sent = write(update);
          if (!sent) entry.dirty = true;
          return sent;
        },
      });
      // Replaced or closed while the source opened.
      if (open.get(message.id) !== entry) close();
      else entry.close = close;
    }

    socket.on('message', (data, isBinary) => {
      const id = peekId(data);
      receive(data, isBinary, { subscribe, end }).catch((error: unknown) => {
        const known = error instanceof AppError ? error : databaseAway(error);
        if (known === undefined) options.logger.error({ err: error }, 'live subscription failed');
        write({
          type: 'error',
          ...(id === undefined ? {} : { id }),
          code: known?.code ?? 'internal',
          detail: known?.message ?? 'The subscription failed.',
        });
        if (id !== undefined) end(id);
      });
    });
    socket.on('pong', () => {
      answered = true;
    });
    socket.on('error', () => socket.terminate());

    const heartbeat = setInterval(() => {
      if (!answered) return socket.terminate();
      answered = false;
      socket.ping();
    }, pingMs);
    const drain = setInterval(() => {
      if (slowSince === undefined) return;
      // Who has caught up by now is not stuck, however long it took.
      if (socket.bufferedAmount > 0) {
        if (performance.now() - slowSince > pace.stuckMs) cutSlow(socket);
        return;
      }
      slowSince = undefined;
      for (const [subscriptionId, entry] of [...open]) {
        if (!entry.dirty) continue;
        // Nothing follows what was skipped: a client that goes on from its cursor would never hear of it.
        end(subscriptionId);
        write({
          type: 'resync',
          id: subscriptionId,
          reason: 'The connection was too slow; some changes were skipped.',
        });
      }
    }, 500);
    const release = options.revocations.guard({
      actor,
      async recheck(now) {
        actor = now;
        for (const [subscriptionId, entry] of [...open]) {
          const sight = await options.sightOf(now.principal, entry.view.permission);
          if (sight === entry.sight || open.get(subscriptionId) !== entry) continue;
          // Nothing more of the old view leaves; the client asks anew and is checked anew.
          end(subscriptionId);
          write({ type: 'resync', id: subscriptionId, reason: 'What you may see has changed.' });
        }
      },
      end: ({ code, reason }) => socket.close(code, reason),
    });

    socket.on('close', () => {
      clearInterval(heartbeat);
      clearInterval(drain);
      release();
      connections.delete(socket);
      for (const subscriptionId of [...open.keys()]) end(subscriptionId);
    });
  }

  return {
    register(view, source) {
      if (views.has(view.name)) throw new Error(`Live view ${view.name} is registered twice.`);
      views.set(view.name, { view, source });
    },
    mount(app) {
      mountStream(
        app,
        { path: '/live', subprotocol: liveSubprotocol, permission: 'identity:self' },
        // What is seen is asked at each subscription; the socket itself shows nothing.
        { limits: options.limits, admit: async () => ({ asked: undefined }), serve },
      );
    },
    async close() {
      for (const socket of connections) socket.close(1001, 'the server stops');
    },
    get sockets() {
      return connections.size;
    },
  };
}

async function receive(
  data: unknown,
  isBinary: boolean,
  actions: {
    subscribe: (
      message: Extract<ReturnType<typeof liveClientMessageSchema.parse>, { type: 'subscribe' }>,
    ) => Promise<void>;
    end: (id: string) => void;
  },
): Promise<void> {
  if (isBinary) throw new AppError('invalid_request', 400, 'Send text messages.');
  const parsed = liveClientMessageSchema.safeParse(parseOrUndefined(String(data)));
  if (!parsed.success) throw invalidInput(parsed.error.issues, '');
  if (parsed.data.type === 'unsubscribe') return actions.end(parsed.data.id);
  await actions.subscribe(parsed.data);
}

function peekId(data: unknown): string | undefined {
  const message = parseOrUndefined(String(data));
  if (typeof message !== 'object' || message === null || !('id' in message)) return undefined;
  return typeof message.id === 'string' ? message.id.slice(0, 64) : undefined;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
