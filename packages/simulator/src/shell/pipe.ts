/** Where a program's bytes come from. */
export interface Source {
  /** Bytes as they come; `undefined` at the end. */
  read(): Promise<Buffer | undefined>;
  /** Puts bytes back that somebody else is to read. */
  unread(bytes: Buffer): void;
}

/** Where a program's bytes go; waits while the reader is behind. @throws BrokenPipe when nobody reads any more */
export type Sink = (bytes: string | Uint8Array) => Promise<void>;

export interface Pipe extends Source {
  write: Sink;
  /** No more will be written. */
  end(): void;
  /** Nobody will read any more: whoever writes is told. */
  close(): void;
}

/** A message for standard error and the code to end with. */
export class Failed extends Error {
  override readonly name = 'Failed';
  readonly code: number;
  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

/** Nobody reads what a program writes. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** A program is told to end: Ctrl-C, or its terminal is gone. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const mostBytes = 262_144;

/** Bytes from one program to the next. Once more than 256 KiB wait, the writer waits too. */
export function createPipe(signal?: AbortSignal): Pipe {
  const waiting: Buffer[] = [];
  let size = 0;
  let isEnded = false;
  let isClosed = false;
  /** Called whenever something changed. */
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const wake of [...watchers]) wake();
  };
  const change = () =>
    new Promise<void>((resolve) => {
      const wake = () => {
        watchers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      watchers.add(wake);
      signal?.addEventListener('abort', wake);
    });

  return {
    async write(bytes) {
      const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes);
      while (size > mostBytes && !isClosed && signal?.aborted !== true) await change();
      if (signal?.aborted === true) throw new Interrupted();
      if (isClosed || isEnded) throw new BrokenPipe();
      if (chunk.length === 0) return;
      waiting.push(chunk);
      size += chunk.length;
      changed();
    },
    end() {
      isEnded = true;
      changed();
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      size = 0;
      changed();
    },
    async read() {
      while (waiting.length === 0 && !isEnded && signal?.aborted !== true) await change();
      if (signal?.aborted === true) throw new Interrupted();
      const chunk = waiting.shift();
      size -= chunk?.length ?? 0;
      changed();
      return chunk;
    },
    unread(bytes) {
      if (bytes.length === 0) return;
      waiting.unshift(bytes);
      size += bytes.length;
      changed();
    },
  };
}

/** A source that is at its end, as `/dev/null` is. */
export const nothing: Source = { read: async () => undefined, unread() {} };

export function sourceOf(bytes: Buffer): Source {
  let left: Buffer | undefined = bytes.length === 0 ? undefined : bytes;
  return {
    async read() {
      const all = left;
      left = undefined;
      return all;
    },
    unread(back) {
      left = left === undefined ? back : Buffer.concat([back, left]);
    },
  };
}

const mostAtOnce = 64 * 2 ** 20;

/** Everything up to the end. @throws Failed past 64 MiB */
export async function readAll(source: Source): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    size += chunk.length;
    if (size > mostAtOnce) throw new Failed('out of memory');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** One line without its end; what comes after it stays. `undefined` at the end. */
export async function readLine(source: Source): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    const end = chunk.indexOf(10);
    if (end < 0) {
      chunks.push(chunk);
      continue;
    }
    source.unread(chunk.subarray(end + 1));
    return Buffer.concat([...chunks, chunk.subarray(0, end)]).toString('utf8');
  }
  return chunks.length === 0 ? undefined : Buffer.concat(chunks).toString('utf8');
}
