import { once } from 'node:events';
import { createServer, get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { createServerIdentity } from '@quarterdeck/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerTlsToo } from './tls-beside.ts';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () =>
    response.end(`${request.url} ${Buffer.concat(chunks).length} ${request.socket.remoteAddress}`),
  );
});
let port: number;
let ca: string;
beforeAll(async () => {
  const identity = await createServerIdentity('authority of the test', 'quarterdeck');
  ca = identity.caPem;
  answerTlsToo(server, identity);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

async function textOf([response]: [IncomingMessage]): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

describe('one port', () => {
  it('answers plain http and TLS, each with the address of who asks', async () => {
    const plain = getPlain({ host: '127.0.0.1', port, path: '/plain', agent: false });
    expect(await textOf((await once(plain, 'response')) as [IncomingMessage])).toBe('/plain 0 127.0.0.1');
    const secure = getSecure({ host: '127.0.0.1', port, path: '/secure', ca, agent: false });
    expect(await textOf((await once(secure, 'response')) as [IncomingMessage])).toBe('/secure 0 127.0.0.1');
  });

  it('is trusted by its own authority alone', async () => {
    const secure = getSecure({ host: '127.0.0.1', port, agent: false });
    const [error] = await once(secure, 'error');
    expect(error.code).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
  });

  it('takes bytes that come one by one, several requests a connection, and resets', async () => {
    const body = 'x'.repeat(100_000);
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    for (const character of 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n') socket.write(character);
    await expect.poll(() => answer).toContain('/slow 0');
    socket.write(`POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    await once(socket, 'close');
    expect(answer).toContain('/big 100000');
    const gone = connect(port, '127.0.0.1', () => gone.resetAndDestroy());
    await once(gone, 'close');
  });
});
