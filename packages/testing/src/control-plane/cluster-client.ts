import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import type { ClusterData, LineStream, RequestOptions } from './types.ts';

/** An answer of a cluster with a status of 400 or above. */
export class ClusterRequestError extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(request: string, status: number, body: unknown) {
    const message = (body as { message?: string } | undefined)?.message ?? JSON.stringify(body);
    super(`${request} answered ${status}: ${message}`);
    this.name = 'ClusterRequestError';
    this.status = status;
    this.body = body;
  }
}

export type ClusterClient = {
  request<T = unknown>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  stream(path: string, options?: RequestOptions): Promise<LineStream>;
};

/** A small HTTP client for tests; speaks as the admin of the cluster unless told otherwise. */
export function createClusterClient({
  server,
  caPem,
  adminToken,
}: Pick<ClusterData, 'server' | 'caPem' | 'adminToken'>): ClusterClient {
  const agent = new Agent({ ca: caPem, keepAlive: true });

  function send(method: string, path: string, body: unknown, options: RequestOptions): Promise<IncomingMessage> {
    const token = 'token' in options ? options.token : adminToken;
    const contentType =
      options.contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        new URL(path, server),
        {
          method,
          agent,
          headers: {
            accept: 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            // Named by hand: Node sends the body of a DELETE without its length.
            ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
            ...options.headers,
          },
        },
        resolve,
      );
      if (options.timeoutMs !== undefined) {
        request.setTimeout(options.timeoutMs, () => request.destroy(new Error(`${method} ${path} timed out`)));
      }
      request.on('error', reject);
      request.end(text);
    });
  }

  async function parse(response: IncomingMessage): Promise<unknown> {
    const content = await readText(response);
    return response.headers['content-type']?.startsWith('application/json') ? JSON.parse(content) : content;
  }

  async function accept(request: string, response: IncomingMessage): Promise<IncomingMessage> {
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new ClusterRequestError(request, status, await parse(response));
    return response;
  }

  return {
    async request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}) {
      const response = await accept(
        `${method} ${path}`,
        await send(method, path, body, { timeoutMs: 30_000, ...options }),
      );
      options.onHeaders?.(response.headers);
      return (await parse(response)) as T;
    },
    async stream(path, options = {}) {
      const response = await accept(`GET ${path}`, await send('GET', path, undefined, options));
      return { lines: createInterface({ input: response }), close: () => response.destroy() };
    },
  };
}
