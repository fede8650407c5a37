import type { Readable } from 'node:stream';

/** What the stored credential is: a ServiceAccount token, or a client certificate. Never logged, never returned. */
export type ClusterCredential =
  | { kind: 'token'; token: string }
  | { kind: 'client_certificate'; certPem: string; keyPem: string };

/** Where an API server is and how to trust it. `server` is an https URL without a path or with a fixed prefix. */
export type ClusterEndpoint = {
  server: string;
  caPem?: string;
  tlsServerName?: string;
  /** An HTTP proxy that the operator listed; dialled with CONNECT. */
  proxyUrl?: string;
  credential: ClusterCredential;
};

/**
 * Who a request is made for; sent as `Impersonate-*`. Never empty: a request without a user and a group does not
 * leave the process. The bootstrap of registration is the one exception and has its own client (`identity: 'self'`).
 */
export type Identity = {
  user: string;
  groups: readonly string[];
  uid?: string;
  /** Keys lower case, e.g. `quarterdeck.dev/actor`. */
  extra?: Readonly<Record<string, readonly string[]>>;
};

/**
 * Which connection pool of a cluster serves the request; a full background pool never delays a person. `probe` is for
 * the health loop alone: one connection of its own, asked even while the breaker is open.
 */
export type Priority = 'interactive' | 'deploy' | 'background' | 'probe';

export type ClusterRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path below the server, each segment already encoded: `/api/v1/namespaces/shop/pods`. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** `'self'` only for the bootstrap of a registration and for verification. */
  identity: Identity | 'self';
  /** Default `interactive`. */
  priority?: Priority;
  /** JSON value, or text/bytes sent as they are. */
  body?: unknown;
  /** Default `application/json`; server-side apply uses `application/apply-patch+yaml` with a JSON body. */
  contentType?: string;
  accept?: string;
  /** The `ETag` of a former answer: 304 when it still holds. */
  ifNoneMatch?: string;
  /** Time until the answer is complete; default 10,000 ms. For `stream` the time until the headers. */
  timeoutMs?: number;
  signal?: AbortSignal;
};

export type ClusterResponse<T = unknown> = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON where the answer is JSON, else the text. */
  body: T;
  /** Kubernetes `Warning` headers, unquoted. */
  warnings: readonly string[];
};

export type ClusterStream = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Destroying it ends the exchange upstream. */
  body: Readable;
};

/**
 * One cluster as seen from this process: own connector, pools, TLS session cache, limits and breaker.
 * Every failure that is not an HTTP answer is a `ClusterError` with a stable code.
 */
export interface ClusterClient {
  /** Resolves for every HTTP status; callers use `expectOk` to turn a Kubernetes Status into an error. */
  request<T = unknown>(request: ClusterRequest): Promise<ClusterResponse<T>>;
  /** Watches and log follows: resolves at the headers. */
  stream(request: ClusterRequest): Promise<ClusterStream>;
  close(): Promise<void>;
}

/** What of a client that was replaced goes on, and for how long at most. */
export type Retirement = {
  /** Watches, followed logs, shells and tunnels: `finish` in their own time, or `end` at once. Plain requests finish. */
  streams: 'finish' | 'end';
  withinMs: number;
  /** A sentence for whoever is cut off. */
  reason: string;
};

/** A client that another one takes the place of. */
export interface Retirable {
  /**
   * Takes nothing new from now on, and closes when the last of what is under way has ended; resolves then. May be
   * called again to end sooner.
   */
  retire(retirement: Retirement): Promise<void>;
}

/** Why no answer came from a cluster. */
export type ClusterErrorCode =
  | 'cluster_unreachable'
  | 'cluster_timeout'
  | 'cluster_busy'
  | 'tls_untrusted'
  | 'address_refused'
  | 'upstream_redirect'
  /** The stored credential is refused, whoever was spoken for. */
  | 'credential_rejected'
  | 'answer_too_large'
  | 'aborted';

export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  constructor(code: ClusterErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ClusterError';
    this.code = code;
  }
}

/** A Kubernetes `Status` answer (kind Status, status Failure) as an error. */
export class KubernetesStatusError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details:
    | {
        name?: string;
        kind?: string;
        causes?: { reason?: string; message?: string; field?: string }[];
        retryAfterSeconds?: number;
      }
    | undefined;
  constructor(status: number, reason: string, message: string, details?: KubernetesStatusError['details']) {
    super(message);
    this.name = 'KubernetesStatusError';
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}

/**
 * An answer that says nothing of what was asked: the credential is refused, or the cluster cannot answer now.
 * @throws ClusterError `credential_rejected` | `cluster_busy`
 */
export function expectAnswer<T>(response: ClusterResponse<T>): ClusterResponse<T> {
  const { status } = response;
  if (status !== 401 && status !== 429 && status < 500) return response;
  const said = (response.body as { message?: unknown } | undefined)?.message;
  const message = typeof said === 'string' ? said.slice(0, 300) : `The cluster answered ${status}`;
  throw new ClusterError(status === 401 ? 'credential_rejected' : 'cluster_busy', message);
}

/** Returns the body of a 2xx answer; raises `KubernetesStatusError` for anything else. */
export function expectOk<T>(response: ClusterResponse<T>): T {
  if (response.status >= 200 && response.status < 300) return response.body;
  const body = response.body as
    | { reason?: string; message?: string; details?: KubernetesStatusError['details'] }
    | undefined;
  throw new KubernetesStatusError(
    response.status,
    body?.reason ?? `Http${response.status}`,
    body?.message ?? `The cluster answered ${response.status}`,
    body?.details,
  );
}
