import type { Readable } from 'node:stream';

const newline = 0x0a;

/** A line of a watch, or the size of one that was too long to keep. */
export type WatchLine = { text: string } | { skippedBytes: number };

/**
 * Splits a stream at newlines as bytes arrive: a character cut in two by the network is whole again by the time its
 * line is decoded. Lines over `maxBytes` are passed over and counted, so that one huge object does not stop a watch.
 */
export async function* readLines(body: Readable, maxBytes: number, onBytes?: () => void): AsyncGenerator<WatchLine> {
  let parts: Buffer[] = [];
  let size = 0;
  function take(tail: Buffer): WatchLine | undefined {
    size += tail.length;
    const line: WatchLine =
      size > maxBytes ? { skippedBytes: size } : { text: Buffer.concat([...parts, tail]).toString('utf8') };
    parts = [];
    size = 0;
    return 'text' in line && line.text.trim() === '' ? undefined : line;
  }
  for await (const chunk of body) {
    onBytes?.();
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      const line = take(bytes.subarray(start, end));
      start = end + 1;
      if (line !== undefined) yield line;
    }
    const rest = bytes.subarray(start);
    size += rest.length;
    // What is over the limit already is counted, not kept.
    if (size <= maxBytes) parts.push(Buffer.from(rest));
    else parts = [];
  }
  // A line without its newline was cut off: it is not an event.
}
