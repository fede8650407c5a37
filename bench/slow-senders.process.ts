import { connect } from 'node:net';

/** Attacks a server on a loopback port until its parent goes: slow headers, slow bodies, bodies without an end, bombs. */
const port = Number(process.argv[2]);
const origin = 'http://localhost:8080';
const head = (more: string) =>
  `POST /api/v1/take HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
const chunk = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`);
const deep = '['.repeat(500_000);
const pauseMs = 50;

/** Begins, adds a byte now and then, and begins again when it is cut off. */
function drip(begin: string): void {
  const socket = connect(port, '127.0.0.1', () => socket.write(begin));
  const timer = setInterval(() => socket.write('x'), 1000);
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(timer);
    setTimeout(drip, pauseMs, begin);
  });
}

/** Sends until it is refused, then again. */
function pour(): void {
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(head('Transfer-Encoding: chunked'));
    send();
  });
  const send = () => {
    while (!socket.destroyed && socket.write(chunk));
    socket.once('drain', send);
  };
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(pour, pauseMs));
}

async function bombs(): Promise<void> {
  const body = { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: deep };
  for (;;) {
    await fetch(`http://127.0.0.1:${port}/api/v1/take`, body).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

for (let index = 0; index < 300; index += 1) {
  drip(index % 2 === 0 ? 'GET / HTTP/1.1\r\nX-Slow: ' : head('Content-Length: 1000000'));
}
for (let index = 0; index < 4; index += 1) pour();
void bombs();
process.on('disconnect', () => process.exit());
process.send?.('ready');
