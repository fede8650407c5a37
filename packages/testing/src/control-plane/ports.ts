import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems take ports of outgoing connections, so that a stopped
// API server finds its port free when it starts again.
const lowest = 15_000;
const highest = 29_000;
const given = new Set<number>();

/** A loopback port that is free at present and not given out before by this process. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(lowest, highest);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free loopback port between ${lowest} and ${highest}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
