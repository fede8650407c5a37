import type { Readable } from 'node:stream';
import { ClusterError, type ClusterResponse } from './cluster-client.ts';

/** A shorter one would mask ordinary words; no cluster issues such tokens. */
const shortestSecret = 16;

/**
 * Reads an answer up to a cap and parses it where it is JSON. A credential that the server sends back, as a broken or
 * hostile one may in its error texts, is masked: those texts are shown to people.
 * @throws ClusterError `answer_too_large`; the rest is not read
 */
export async function readBody(
  body: Readable,
  headers: ClusterResponse['headers'],
  { maxBytes, host, secret }: { maxBytes: number; host: string; secret: string | undefined },
): Promise<unknown> {
  const tooLarge = () => {
    body.on('error', () => {}).destroy();
    return new ClusterError('answer_too_large', `${host} answered with more than ${maxBytes} bytes.`);
  };
  if (Number(headers['content-length']) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const received = Buffer.concat(chunks).toString('utf8');
  const text =
    secret === undefined || secret.length < shortestSecret ? received : received.replaceAll(secret, '[secret]');
  return isJson(headers['content-type']) ? parseOrText(text) : text;
}

function isJson(contentType: string | string[] | undefined): boolean {
  return /^application\/([a-z0-9.-]+\+)?json\b/i.test(String(contentType ?? ''));
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
