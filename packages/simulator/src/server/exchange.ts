import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { User } from '../access/rbac.ts';
import { ApiError, badRequest, statusOf } from '../objects/api-error.ts';
import { type Json, objectOf } from '../objects/types.ts';
import type { Route } from './route.ts';

/** One request that may be answered, with who asks. */
export type Call = {
  method: string;
  query: URLSearchParams;
  user: User;
  request: IncomingMessage;
  response: ServerResponse;
};
export type KindRoute = Extract<Route, { to: 'kind' }>;

const maxBody = 3 * 1024 * 1024;

export function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function notAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError(405, 'MethodNotAllowed', message);
}

/** @throws ApiError 400, 413 */
export async function readBody(request: IncomingMessage): Promise<Json> {
  return objectOf(await readJson(request));
}

/** As `readBody`, for what may be a list. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBody) throw new ApiError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)');
  }
}

const gzipFrom = 128 * 1024;
const compress = promisify(gzip);

/** Large answers are compressed for who takes it. */
export function answer(response: ServerResponse, code: number, body: unknown, type = 'application/json'): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const { 'accept-encoding': encodings = '' } = response.req.headers;
  if (bytes.length < gzipFrom || !/\bgzip\b/.test(String(encodings))) {
    response.writeHead(code, { 'content-type': type }).end(bytes);
    return;
  }
  const headers = { 'content-type': type, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
  void compress(bytes, { level: 1 }).then((packed) => response.writeHead(code, headers).end(packed));
}

/** Answers a request that wanted to leave HTTP and may not. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: unknown): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.once('finish', () => socket.end());
  refuse(response, error);
}

/** Answers with a `Status`, or breaks off what has begun. */
export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        );
  answer(response, known.code, statusOf(known));
}
