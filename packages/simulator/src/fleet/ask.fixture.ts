import { request } from 'node:https';
import type { Json } from '../objects/types.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';

/** One request on a connection of its own, as the admin unless told; the whole answer, with JSON lines as a list. */
export function ask(
  { server, caPem: ca, adminToken }: SimulatedCluster,
  method: string,
  path: string,
  body?: object,
  token = adminToken,
): Promise<{ status: number; body: Json[] }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentTypeOf(method) };
    const asked = request(`${server}${path}`, { method, ca, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      // A stream that breaks ends too: what came until then is the answer.
      answer
        .once('error', () => {})
        .once('close', () => {
          const lines = text.split('\n').filter((line) => line.startsWith('{'));
          resolve({ status: answer.statusCode ?? 0, body: lines.map((line) => JSON.parse(line) as Json) });
        });
    });
    asked.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function contentTypeOf(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
