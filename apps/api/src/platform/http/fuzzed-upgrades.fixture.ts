import { connect } from 'node:net';

const atOnce = 100;

/** Chance with a seed (mulberry32): a run that fails is the same run again. */
function chance(seed: number): (below: number) => number {
  let at = seed;
  return (below) => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** Where to, and the lines of a handshake that would be taken. */
export type Fuzzing = {
  port: number;
  handshake: readonly string[];
  /** Frames go out behind the handshake, without waiting for its answer; so it is unless told. */
  isEager?: boolean;
  /** How long an answer is waited for; 100 ms unless told. */
  patienceMs?: number;
};

/** A handshake as it should be, or with something left out, doubled, cut or with bytes turned; then perhaps frames. */
function fuzzed({ handshake, isEager = true }: Fuzzing, below: (limit: number) => number): Buffer {
  const lines = [...handshake];
  const kind = below(6);
  const line = 1 + below(lines.length - 1);
  if (kind === 1) lines.splice(line, 1);
  if (kind === 2) lines.push(lines[line] ?? '');
  if (kind === 3) lines[line] = `${lines[line]}${'x'.repeat(below(20_000))}`;
  let bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (kind === 4) for (let turned = below(5); turned >= 0; turned -= 1) bytes[below(bytes.length)] = below(256);
  if (kind === 5) bytes = bytes.subarray(0, below(bytes.length));
  const frames = Buffer.from(Array.from({ length: isEager ? below(40) : 0 }, () => below(256)));
  return Buffer.concat([bytes, frames]);
}

/** Sends it and goes: by a reset at once, by one after the first answer, or as one should. */
async function attempt(fuzzing: Fuzzing, below: (limit: number) => number): Promise<void> {
  const bytes = fuzzed(fuzzing, below);
  const leaving = below(3);
  const socket = connect(fuzzing.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.once('connect', () => {
    socket.write(bytes, () => {
      if (leaving === 0) socket.resetAndDestroy();
    });
  });
  socket.once('data', () => (leaving === 1 ? socket.resetAndDestroy() : socket.end()));
  // What is cut short gets no answer: then it is we who go.
  socket.setTimeout(fuzzing.patienceMs ?? 100, () => socket.resetAndDestroy());
  await closed;
}

/** Many of them, a hundred at a time. */
export async function storm(fuzzing: Fuzzing, count: number, seed: number): Promise<void> {
  const below = chance(seed);
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await attempt(fuzzing, below);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
