import type { WebSocket } from 'ws';
import { at, type Json } from '../objects/types.ts';
import { createPipe, nothing } from '../shell/pipe.ts';
import { NoProgram, startProgram } from '../shell/start-program.ts';
import { createTerminal } from '../shell/terminal.ts';
import { channel, exited, internalError, sendOn, succeeded } from './channels.ts';
import type { Opened } from './containers.ts';

/** Which streams a client asks for. */
export type Wanted = { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean };

export function wantedBy(query: URLSearchParams): Wanted {
  const is = (name: string) => ['1', 'true'].includes(query.get(name) ?? '');
  return { stdin: is('stdin'), stdout: is('stdout'), stderr: is('stderr') && !is('tty'), tty: is('tty') };
}

/** Input that a client sent and no program took: past this, the client waits. */
const mostUnread = 1_048_576;

/** Runs a command for a client, with its streams as channels of the socket; the last message says how it ended. */
export async function runCommand(
  { socket, protocol }: { socket: WebSocket; protocol: string },
  command: readonly string[],
  wanted: Wanted,
  open: () => Opened | string,
): Promise<void> {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  socket.on('error', () => gone.abort());
  const send = (number: number) => (bytes: string | Uint8Array) => sendOn(socket, number, bytes);
  const drop = async () => {};
  const out = wanted.stdout ? send(channel.stdout) : drop;
  const terminal = wanted.tty ? createTerminal(out, gone.signal) : undefined;
  const pipe = createPipe(gone.signal);
  // Until a shell looks after it, Ctrl-C ends the command.
  const stopped = new AbortController();
  terminal?.onInterrupt(() => stopped.abort());
  let size = { columns: 80, rows: 24 };
  let unread = 0;

  function take(bytes: Buffer): void {
    if (!wanted.stdin) return;
    if (terminal !== undefined) {
      terminal.type(bytes);
      return;
    }
    unread += bytes.length;
    if (unread > mostUnread) socket.pause();
    const taken = () => {
      unread -= bytes.length;
      if (unread <= mostUnread) socket.resume();
    };
    pipe.write(bytes).then(taken, taken);
  }

  socket.on('message', (data) => {
    const message = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer);
    const content = message.subarray(1);
    if (message[0] === channel.stdin) take(content);
    else if (message[0] === channel.resize) size = sizeOf(content) ?? size;
    else if (message[0] === channel.close && protocol.startsWith('v5.') && content[0] === channel.stdin) {
      terminal?.end();
      pipe.end();
    }
  });

  // Nothing is said yet; the client learns by it that its streams are open.
  const first = wanted.stdout ? channel.stdout : wanted.stderr ? channel.stderr : channel.error;
  await sendOn(socket, first, '').catch(() => undefined);
  let status: Json;
  const opened = open();
  if (typeof opened === 'string') status = internalError(opened);
  else {
    try {
      const code = await startProgram({
        command,
        container: opened.container,
        env: new Map([...opened.env, ...(wanted.tty ? [['TERM', 'xterm'] as const] : [])]),
        folder: opened.folder,
        isTerminal: terminal !== undefined,
        signal: AbortSignal.any([gone.signal, stopped.signal]),
        size: () => size,
        input: wanted.stdin ? (terminal?.input ?? pipe) : nothing,
        out: terminal?.out ?? out,
        err: terminal?.out ?? (wanted.stderr ? send(channel.stderr) : drop),
        terminal,
      });
      status = exited(code);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!(error instanceof NoProgram)) throw error;
      status = internalError(
        `error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "${error.message}": executable file not found in $PATH`,
      );
    }
  }
  await sendOn(socket, channel.error, JSON.stringify(status)).catch(() => undefined);
  socket.close(1000);
}

function sizeOf(content: Buffer): { columns: number; rows: number } | undefined {
  try {
    const size: unknown = JSON.parse(content.toString('utf8'));
    const [columns, rows] = [Number(at(size, 'Width')), Number(at(size, 'Height'))];
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** What a client that attaches sees: the output from now on. */
export async function followOutput(
  socket: WebSocket,
  wanted: Wanted,
  from: { inside: () => Opened | string; linesSince(fromMs: number, toMs: number): string[]; now(): number },
): Promise<void> {
  const first = wanted.stdout ? channel.stdout : wanted.stderr ? channel.stderr : channel.error;
  await sendOn(socket, first, '').catch(() => undefined);
  let seenMs = from.now();
  let isBegun = false;
  let status: Json | undefined;
  await new Promise<void>((resolve) => {
    socket.on('error', () => {});
    socket.once('close', () => resolve());
    const look = () => {
      const opened = from.inside();
      if (typeof opened === 'string') {
        // A container that ends ends what is attached to it.
        status = isBegun ? succeeded : internalError(opened);
        resolve();
        return;
      }
      isBegun = true;
      const nextMs = from.now();
      const text = from.linesSince(seenMs, nextMs).join('');
      seenMs = nextMs;
      if (wanted.stdout && text !== '') void sendOn(socket, channel.stdout, text).catch(() => resolve());
    };
    const ticker = setInterval(look, 1000);
    socket.once('close', () => clearInterval(ticker));
    look();
  });
  if (status !== undefined) await sendOn(socket, channel.error, JSON.stringify(status)).catch(() => undefined);
  socket.close(1000);
}
