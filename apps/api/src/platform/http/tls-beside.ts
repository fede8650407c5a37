import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { edgeTimes } from './guarded-server.ts';

export type TlsIdentity = { certPem: string; keyPem: string };

/** The first byte of every TLS handshake; no HTTP method starts with it. */
const handshake = 0x16;

/**
 * Lets a server of plain http answer TLS on the same port, told apart by the first byte. For loopback alone: kubectl
 * keeps its token back from plain http, so without this a trial on a laptop could not use it. Anywhere else TLS ends in
 * front.
 */
export function answerTlsToo(server: Server, { certPem, keyPem }: TlsIdentity): void {
  const taking = server.listeners('connection');
  server.removeAllListeners('connection');
  const hand = (socket: Duplex) => {
    for (const take of taking) take.call(server, socket);
  };
  const secure = createTlsServer(
    {
      cert: certPem,
      key: keyPem,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: edgeTimes.headers,
    },
    hand,
  );
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('connection', (socket: Socket) => {
    const give = () => socket.destroy();
    const slow = setTimeout(give, edgeTimes.headers);
    socket.on('error', give);
    socket.once('close', () => clearTimeout(slow));
    socket.once('data', (first) => {
      clearTimeout(slow);
      socket.removeListener('error', give);
      socket.pause();
      socket.unshift(first);
      if (first[0] === handshake) secure.emit('connection', socket);
      else hand(socket);
      process.nextTick(() => socket.resume());
    });
  });
}
