import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestApp } from '../../testing/test-app.ts';
import { createGuardedServer, edgeTimes } from './guarded-server.ts';

const started: { close(): void }[] = [];
afterEach(() => {
  for (const each of started.splice(0)) each.close();
});

/** A server that answers once it has the whole body, with times short enough to wait for. */
async function listen(times: Partial<typeof edgeTimes>): Promise<number> {
  const server = createGuardedServer(
    (request, response) => {
      request.resume().on('end', () => response.end('done'));
    },
    { ...edgeTimes, check: 20, ...times },
  );
  started.push({ close: () => void server.close() });
  started.push({ close: () => server.closeAllConnections() });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Resolves with all that came back once the server has ended the connection. */
function untilClosed(port: number, speak: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => speak(socket));
    let said = '';
    socket.setEncoding('latin1').on('data', (text) => {
      said += text;
    });
    socket.on('error', reject).on('close', () => resolve(said));
  });
}

describe('S55 a slow sender', () => {
  it('of headers is cut off with 408', async () => {
    const port = await listen({ headers: 100 });
    const said = await untilClosed(port, (socket) => {
      socket.write('GET / HTTP/1.1\r\nX-Slow: ');
    });
    expect(said).toContain('408');
  });

  it('of a body is cut off with 408', async () => {
    const port = await listen({ headers: 100, request: 150 });
    const said = await untilClosed(port, (socket) => {
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n');
    });
    expect(said).toContain('408');
  });

  it('that says nothing at all is cut off', async () => {
    const port = await listen({ idle: 100 });
    expect(await untilClosed(port, () => {})).toBe('');
  });

  it('of headers without end is refused at 16 KiB', async () => {
    const port = await listen({});
    const said = await untilClosed(port, (socket) => {
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    });
    expect(said).toContain('431');
  });

  it('meets the times of the design in the product', async () => {
    const test = await createTestApp();
    const { server } = test.app;
    expect(edgeTimes).toEqual({ headers: 10_000, request: 30_000, keepAlive: 75_000, idle: 120_000, check: 1000 });
    expect([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout, server.timeout]).toEqual([
      edgeTimes.headers,
      edgeTimes.request,
      edgeTimes.keepAlive,
      edgeTimes.idle,
    ]);
    await test.close();
  });
});
