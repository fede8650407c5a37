import type { ServerResponse } from 'node:http';
import { type AnswerSink, ClusterError, headersOut } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';

/** How long a reader may take nothing before it is cut off. */
export const stuckMs = 60_000;

/**
 * Writes an answer of a cluster to the client as it comes: no more than Node buffers for one socket (64 KiB) waits for
 * a slow reader, and one who takes nothing for a minute is cut off.
 */
export function answerTo(
  response: ServerResponse,
  options: {
    /** Headers that every answer of ours has. */
    headers: Readonly<Record<string, unknown>>;
    /** The first byte is about to go: from here on no refusal can be sent. */
    begin(status: number): void;
    cut(reason: string): void;
    stuckMs?: number;
  },
): AnswerSink {
  let stuck: NodeJS.Timeout | undefined;
  let hasBegun = false;
  /** False: this is more than is buffered. */
  const put = (pieces: readonly Buffer[]): boolean => {
    // Pieces are joined to a chunk only behind headers that are on their way.
    if (!hasBegun) response.flushHeaders();
    hasBegun = true;
    response.cork();
    let goesOn = true;
    for (const piece of pieces) goesOn = response.write(piece);
    response.uncork();
    return goesOn;
  };
  const relax = () => {
    clearTimeout(stuck);
    stuck = undefined;
  };
  return {
    begin(status, headers, resume) {
      options.begin(status);
      response.on('drain', () => {
        relax();
        resume();
      });
      response.once('close', relax);
      response.writeHead(status, { ...options.headers, ...headersOut(headers) } as Record<string, string | string[]>);
    },
    write(pieces) {
      const { socket } = response;
      // Both: uncorked alone, the answer writes the length of its chunk in a packet of its own.
      socket?.cork();
      const goesOn = put(pieces);
      socket?.uncork();
      if (!goesOn) stuck ??= setTimeout(() => options.cut('too slow'), options.stuckMs ?? stuckMs);
      return goesOn;
    },
    end(last) {
      // One packet with what came last; the end of the answer uncorks.
      response.socket?.cork();
      if (last.length > 0) put(last);
      response.end();
    },
  };
}

/**
 * No answer of a cluster, as a client of Kubernetes is told.
 * @throws AppError 502 for what the cluster did wrong, 504 when it was late, 503 when it cannot be asked now
 */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof ClusterError)) return error;
  const { code, message } = error;
  // The caller's own token is good and must not be thrown away for ours: never 401.
  if (code === 'upstream_redirect' || code === 'tls_untrusted' || code === 'credential_rejected') {
    return new AppError(code, 502, message, { cause: error });
  }
  if (code === 'aborted') return new AppError(code, 503, message, { cause: error });
  if (code === 'cluster_timeout') return new AppError(code, 504, message, { cause: error });
  const retryAfterSeconds = code === 'cluster_busy' ? 1 : 10;
  return new AppError(code === 'cluster_busy' ? code : 'cluster_unreachable', 503, message, {
    retryAfterSeconds,
    cause: error,
  });
}
