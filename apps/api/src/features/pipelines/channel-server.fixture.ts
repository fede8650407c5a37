import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';

type Message = { path: string; headers: Record<string, string | string[] | undefined>; body: string };
export type Channel = {
  url: string;
  port: number;
  caPem: string;
  messages: Message[];
  /** `undefined`: it takes messages and never answers. */
  answer: string | undefined;
  /** Hangs up on whoever waits. */
  drop(): void;
  close(): Promise<void>;
};

/** Takes whatever is posted, and answers with what it is told to. */
export async function startChannel(): Promise<Channel> {
  const authority = await createAuthority('channel');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  const messages: Message[] = [];
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      messages.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      if (started.answer !== undefined) response.writeHead(200).end(started.answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started: Channel = {
    url: `https://127.0.0.1:${port}/services/T0/B0/secret-of-the-channel`,
    port,
    caPem: authority.certPem,
    messages,
    answer: 'ok',
    drop: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return started;
}
