import type { z } from 'zod';
import type { Permission } from './permissions.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One endpoint of the public API as plain data. The API binds a handler to it, the client derives its function from
 * it and `docs/openapi.json` is written from it, so the three cannot disagree.
 */
export type Endpoint = {
  /** Operation id, unique: `registerCluster`. */
  readonly name: string;
  readonly method: HttpMethod;
  /** Below `/api/v1`, parameters as `:id`. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** `public` only for the paths of the explicit public list. */
  readonly permission: Permission | 'public';
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Leave out for an empty 204 answer. */
  readonly response?: z.ZodType;
  /** Answers a file instead of JSON: its possible content types. */
  readonly download?: readonly string[];
  /** Status of success; default 200, or 204 without a response. */
  readonly status?: number;
  /** Codes this endpoint can answer with besides the shared ones of every endpoint. */
  readonly errors: readonly string[];
  /** Takes `Idempotency-Key` (kept 24 h). `by-handler`: the answer holds a secret and is not kept; the handler knows. */
  readonly idempotent?: boolean | 'by-handler';
  /** Time for the handler, default 30,000 ms. */
  readonly timeoutMs?: number;
  /** Largest accepted body in bytes, default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Called by programs elsewhere: reads no cookie and needs no origin of ours. */
  readonly anyOrigin?: boolean;
  /** Needs a session that proved itself again within 10 minutes; else 403 `step_up_required`. */
  readonly stepUp?: boolean;
  /**
   * A browser navigates here: success is 303 to the `location` of the response, a failure a small page that leads to
   * `failurePage` with the code.
   */
  readonly redirects?: { readonly failurePage: `/${string}` };
  /** Takes a form instead of JSON. */
  readonly form?: boolean;
};

/** Declares an endpoint and keeps its exact types. */
export function endpoint<const E extends Endpoint>(definition: E): E {
  return definition;
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type Input<S> = S extends z.ZodType ? z.input<S> : undefined;

/** What a handler receives and returns, after validation. */
export type HandlerInput<E extends Endpoint> = {
  params: Output<E['params']>;
  query: Output<E['query']>;
  body: Output<E['body']>;
};
export type HandlerOutput<E extends Endpoint> = E['download'] extends readonly string[]
  ? Download
  : Input<E['response']>;

/** A file that is sent while it is made. */
export type Download = { contentType: string; fileName: string; body: AsyncIterable<string> };

/** What a client sends and receives. */
export type ClientInput<E extends Endpoint> = (E['params'] extends z.ZodType
  ? { params: Input<E['params']> }
  : unknown) &
  (E['query'] extends z.ZodType ? { query?: Input<E['query']> } : unknown) &
  (E['body'] extends z.ZodType ? { body: Input<E['body']> } : unknown);
export type ClientOutput<E extends Endpoint> = Output<E['response']>;

/** A view of the multiplexed WebSocket `/api/v1/live`. */
export type LiveView = {
  /** `<feature>.<thing>`. */
  readonly name: `${string}.${string}`;
  readonly summary: string;
  readonly permission: Permission;
  readonly params: z.ZodType;
  /** One row; rows carry an `id`. */
  readonly row: z.ZodType;
};

export function liveView<const V extends LiveView>(definition: V): V {
  return definition;
}

/** A stream with a WebSocket of its own (logs, exec): same rules as an endpoint. */
export type StreamContract = {
  readonly name: string;
  readonly path: `/${string}`;
  readonly subprotocol: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** One JSON text message of the server. */
  readonly message: z.ZodType;
  readonly errors: readonly string[];
};

export function streamContract<const S extends StreamContract>(definition: S): S {
  return definition;
}
