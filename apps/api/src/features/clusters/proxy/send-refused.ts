import type { Socket } from 'node:net';
import { headersOut, type UpgradeAnswer } from '@quarterdeck/kubernetes';
import type { FastifyReply } from 'fastify';

/** The reason of the cluster, a Status of at most 4 KiB; then nothing of this connection is used again. */
export function sendRefused(
  reply: FastifyReply,
  client: Socket,
  answer: Extract<UpgradeAnswer, { kind: 'refused' }>,
): void {
  const { 'content-length': _length, 'content-encoding': _encoding, ...headers } = headersOut(answer.headers);
  const ours = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(answer.status, {
    ...ours,
    ...headers,
    'content-length': String(answer.body.length),
    connection: 'close',
  } as Record<string, string | string[]>);
  reply.raw.end(answer.body, () => client.destroySoon());
}
