import { WebSocket } from 'ws';

/** Opens so many live views on a loopback port and never reads a byte of them, until its parent goes. */
const [, , port, count] = process.argv.map(Number) as [number, number, number, number];
const sockets = await Promise.all(
  Array.from({ length: count }, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, ['quarterdeck.live.v1'], {
      headers: { origin: 'http://localhost:8080' },
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'subscribe', id: 's', view: 'test.endless', mode: 'page', params: {} }));
    socket.pause();
    return socket;
  }),
);
process.on('disconnect', () => {
  for (const socket of sockets) socket.terminate();
  process.exit();
});
process.send?.('ready');
