import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Authority } from '@quarterdeck/testing';

/** How an API server may answer badly, and what it then says about the credential it was shown. */
export type BadAnswer = { status: number; shape: 'status' | 'html' | 'text' | 'broken' | 'header' };

const statuses = [400, 401, 403, 404, 409, 410, 415, 422, 429, 500, 502, 503];
const shapes = ['status', 'html', 'text', 'broken', 'header'] as const;

/** Sixty of them. */
export const badAnswers: readonly BadAnswer[] = statuses.flatMap((status) =>
  shapes.map((shape) => ({ status, shape })),
);

export type HostileUpstream = {
  /** Requests that carried a credential. */
  seen: () => number;
  answerWith(bad: BadAnswer | undefined): void;
  close(): Promise<void>;
};

/**
 * An API server that repeats the credential of each request in its error texts, and whose objects are full of secrets.
 * Without a bad answer it serves a Secret for whatever is asked.
 */
export async function startHostileUpstream(
  authority: Authority,
  port: number,
  canary: string,
): Promise<HostileUpstream> {
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  let bad: BadAnswer | undefined;
  let seen = 0;
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const shown = request.headers.authorization ?? '';
    if (shown !== '') seen += 1;
    if (bad === undefined) json(response, 200, secretOf(canary));
    else answer(response, bad, shown);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    seen: () => seen,
    answerWith(next) {
      bad = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, { status, shape }: BadAnswer, shown: string): void {
  const text = `${shown} is not good enough for ${shown}`;
  if (shape === 'status')
    json(response, status, { kind: 'Status', message: text, reason: text, details: { causes: [{ message: text }] } });
  else if (shape === 'html') response.writeHead(status, { 'content-type': 'text/html' }).end(`<b>${text}</b>`);
  else if (shape === 'text') response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  else if (shape === 'broken')
    response.writeHead(status, { 'content-type': 'application/json' }).end(`{"message":"${text}`);
  else response.writeHead(status, { warning: `299 - "${text}"`, 'x-said': text, 'retry-after': '1' }).end();
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function secretOf(canary: string): object {
  const data = {
    password: Buffer.from(canary).toString('base64'),
    'tls.key': Buffer.from(`${canary}-key`).toString('base64'),
  };
  const body = { apiVersion: 'v1', kind: 'Secret', data, stringData: { plain: canary } };
  return {
    ...body,
    metadata: {
      name: 'secret',
      namespace: 'own-ns',
      uid: 'uid-of-the-secret',
      resourceVersion: '1',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(body) },
    },
  };
}
