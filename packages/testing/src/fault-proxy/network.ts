import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../control-plane/ports.ts';
import type { Random } from './random.ts';

/** What a network does to the connections through it. Faults stay until `heal`, except those of a moment. */
export interface Network {
  readonly port: number;
  /** Connections taken since the start, and open now. */
  accepted(): number;
  open(): number;
  /** Nobody listens, and what is open breaks. */
  down(): Promise<void>;
  up(): Promise<void>;
  /**
   * Half-open: bytes vanish in both directions and nobody is told. `open` as a middlebox that forgot its connections,
   * new ones pass; `new` the other way round, as a host that takes no more than it has; `all` as one that is gone.
   */
  silence(which: 'open' | 'new' | 'all'): void;
  /** Resets what is open (RST). */
  reset(): void;
  /** Ends what is open in good order (FIN), in the middle of whatever is under way. */
  end(): void;
  /** Every chunk comes later: `ms`, and up to `jitterMs` more. */
  delay(ms: number, jitterMs?: number): void;
  /** Chunks of so many bytes at most. */
  slice(bytes: number): void;
  /** Each connection breaks after so many bytes from the server, by RST. */
  cutAfter(bytes: number): void;
  /** Takes away delay, slices, cuts and silence for new connections; forgotten ones stay forgotten. */
  heal(): void;
  close(): Promise<void>;
}

type Link = { client: Socket; server: Socket | undefined; isSilent: boolean; received: number };
type Shape = { delayMs: number; jitterMs: number; sliceBytes: number; cutAfter: number };

const unshaped: Shape = {
  delayMs: 0,
  jitterMs: 0,
  sliceBytes: Number.POSITIVE_INFINITY,
  cutAfter: Number.POSITIVE_INFINITY,
};

/** A TCP proxy on loopback in front of a port on loopback; knows bytes and nothing else. */
export async function startNetwork(targetPort: number, random: Random): Promise<Network> {
  const port = await freePort();
  const links = new Set<Link>();
  let shape = unshaped;
  let isSilent = false;
  let accepted = 0;
  let listener: Server | undefined;

  function take(client: Socket): void {
    accepted += 1;
    const link: Link = { client, server: undefined, isSilent, received: 0 };
    links.add(link);
    client.on('error', () => {}).setNoDelay(true);
    // Reads, so that the kernel acknowledges and the other side sees nothing wrong.
    if (isSilent) {
      client
        .on('end', () => client.destroy())
        .on('close', () => links.delete(link))
        .resume();
      return;
    }
    const server = createConnection(targetPort, '127.0.0.1');
    link.server = server;
    server.on('error', () => {}).setNoDelay(true);
    carry(link, client, server, false);
    carry(link, server, client, true);
  }

  /** One side is gone; the other hears of it unless the network forgot them. */
  function ended(link: Link, other: Socket): void {
    if (link.isSilent && !other.destroyed) return;
    // Not at once: what was written to it may still be on its way.
    other.destroySoon();
    links.delete(link);
  }

  function carry(link: Link, from: Socket, to: Socket, isAnswer: boolean): void {
    // What is under way arrives before the news that nothing more comes.
    let carried = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      from.pause();
      carried = forward(link, chunk, to, isAnswer).finally(() => from.resume());
    });
    from.on('end', async () => {
      await carried;
      // Whoever leaves a connection that the network forgot is gone for itself alone.
      if (link.isSilent) from.destroy();
      else to.end();
    });
    from.on('close', async () => {
      await carried;
      ended(link, to);
    });
  }

  async function forward(link: Link, chunk: Buffer, to: Socket, isAnswer: boolean): Promise<void> {
    const { delayMs, jitterMs, sliceBytes, cutAfter } = shape;
    if (delayMs + jitterMs > 0) await wait(delayMs + jitterMs * random());
    for (let start = 0; start < chunk.length && !link.isSilent && !to.destroyed; start += sliceBytes) {
      const part = chunk.subarray(start, start + sliceBytes);
      if (isAnswer) link.received += part.length;
      const over = isAnswer ? link.received - cutAfter : 0;
      await write(to, over > 0 ? part.subarray(0, part.length - over) : part);
      if (over > 0) return breakLink(link);
    }
  }

  function breakLink(link: Link): void {
    links.delete(link);
    link.client.resetAndDestroy();
    link.server?.destroy();
  }

  function listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, take);
    listener = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  }

  async function stopListening(): Promise<void> {
    const server = listener;
    listener = undefined;
    const closed = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
    for (const link of [...links]) breakLink(link);
    await closed;
  }

  await listen();
  return {
    port,
    accepted: () => accepted,
    open: () => [...links].filter(({ client }) => !client.destroyed).length,
    down: stopListening,
    async up() {
      if (listener === undefined) await listen();
    },
    silence(which) {
      for (const link of which === 'new' ? [] : links) {
        link.isSilent = true;
        link.client.resume();
        link.server?.resume();
      }
      isSilent = which !== 'open';
    },
    reset() {
      for (const link of [...links]) breakLink(link);
    },
    end() {
      for (const link of [...links]) {
        // The end is told once, here; what the sides do about it is theirs.
        link.isSilent = true;
        link.client.end();
        link.server?.destroy();
      }
    },
    delay(ms, jitterMs = 0) {
      shape = { ...shape, delayMs: ms, jitterMs };
    },
    slice(bytes) {
      shape = { ...shape, sliceBytes: bytes };
    },
    cutAfter(bytes) {
      shape = { ...shape, cutAfter: bytes };
    },
    heal() {
      shape = unshaped;
      isSilent = false;
    },
    close: stopListening,
  };
}

/** Resolves when the socket wants more, or will never. */
async function write(to: Socket, part: Buffer): Promise<void> {
  if (part.length === 0 || to.destroyed || to.write(part)) return;
  await new Promise<void>((resolve) => {
    to.once('drain', resolve);
    to.once('close', resolve);
  });
}
