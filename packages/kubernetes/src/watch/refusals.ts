import {
  ClusterError,
  type ClusterResponse,
  type ClusterStream,
  KubernetesStatusError,
} from '../transport/cluster-client.ts';
import { retryAfterSeconds } from '../transport/retry-after.ts';

/** What an answer means for a watch. */
export type RefusalKind =
  /** The version is compacted away: 410, by HTTP or in the stream. */
  | 'gone'
  /** The version is newer than what the server knows. */
  | 'too_new'
  | 'forbidden'
  | 'not_found'
  | 'throttled'
  /** Silent, or longer than it may take: our own limit. */
  | 'too_slow'
  /** The server does not take these parameters. */
  | 'unsupported'
  /** We closed the connection ourselves: another client stands in its place, or the cluster is left alone. */
  | 'closed_here'
  | 'failed';

export class WatchRefusal extends Error {
  readonly kind: RefusalKind;
  readonly retryAfterMs: number | undefined;
  constructor(kind: RefusalKind, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'WatchRefusal';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

type Status = {
  code?: unknown;
  reason?: unknown;
  message?: unknown;
  details?: { retryAfterSeconds?: unknown; causes?: { reason?: unknown }[] };
};

/** Judges a Kubernetes `Status`, as an answer or as an ERROR event. */
export function refusalOf(httpStatus: number, body: unknown, retryAfterHeader?: string | string[]): WatchRefusal {
  const status: Status = typeof body === 'object' && body !== null ? body : {};
  const code = typeof status.code === 'number' ? status.code : httpStatus;
  const reason = typeof status.reason === 'string' ? status.reason : '';
  const text = typeof status.message === 'string' ? status.message.slice(0, 300) : '';
  const message = text === '' ? `The cluster answered ${code}.` : `The cluster answered ${code}: ${text}`;
  const seconds = retryAfterSeconds(retryAfterHeader) ?? Number(status.details?.retryAfterSeconds);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) * 1000 : undefined;
  return new WatchRefusal(kindOf(code, reason, status), message, retryAfterMs);
}

function kindOf(code: number, reason: string, status: Status): RefusalKind {
  if (code === 410 || reason === 'Expired' || reason === 'Gone') return 'gone';
  const causes = Array.isArray(status.details?.causes) ? status.details.causes : [];
  if (causes.some((cause) => cause?.reason === 'ResourceVersionTooLarge')) return 'too_new';
  if (String(status.message).includes('Too large resource version')) return 'too_new';
  if (code === 403) return 'forbidden';
  if (code === 404) return 'not_found';
  if (code === 429) return 'throttled';
  if (code === 422 || code === 400) return 'unsupported';
  return 'failed';
}

/** Any error of an attempt as a refusal; ours already are. */
export function toRefusal(error: unknown): WatchRefusal {
  if (error instanceof WatchRefusal) return error;
  if (error instanceof KubernetesStatusError) {
    return refusalOf(error.status, { reason: error.reason, message: error.message, details: error.details });
  }
  if (error instanceof ClusterError) {
    return new WatchRefusal(error.code === 'aborted' ? 'closed_here' : 'failed', error.message);
  }
  return new WatchRefusal('failed', error instanceof Error ? error.message : String(error));
}

const maxStatusBytes = 64 * 1024;

/** Reads the `Status` of a stream that was refused, and ends it. */
export async function refusalOfStream(stream: ClusterStream): Promise<WatchRefusal> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream.body) {
      parts.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > maxStatusBytes) break;
    }
  } catch {
    // What came until then is judged.
  }
  return refusalOf(stream.status, parse(Buffer.concat(parts)), stream.headers['retry-after']);
}

/**
 * The body of a 200.
 * @throws WatchRefusal with the time that a header asks to wait
 */
export function bodyOrRefusal(response: ClusterResponse): unknown {
  if (response.status === 200) return response.body;
  throw refusalOf(response.status, response.body, response.headers['retry-after']);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
