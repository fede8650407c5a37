export type Skipped = () => void;

/** An element above this is skipped and counted, never held in memory. */
export const maxElementBytes = 4 * 1024 * 1024;

const newline = 0x0a;

/**
 * Splits chunks at newlines, on bytes: a chunk may end in the middle of a character. What follows the last newline is
 * an unfinished line and is dropped.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  onSkipped: Skipped,
  maxBytes: number = maxElementBytes,
): AsyncGenerator<Buffer, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let skipping = false;
  for await (const chunk of chunks) {
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, start)) {
      const tail = data.subarray(start, end);
      start = end + 1;
      if (skipping || bytes + tail.length > maxBytes) onSkipped();
      else if (bytes + tail.length > 0) yield parts.length === 0 ? tail : Buffer.concat([...parts, tail]);
      parts = [];
      bytes = 0;
      skipping = false;
    }
    const rest = data.subarray(start);
    bytes += rest.length;
    if (bytes > maxBytes) {
      skipping = true;
      parts = [];
    } else if (rest.length > 0) parts.push(rest);
  }
}
