import { maxLine } from './log-line.ts';

/** A line's time and text. */
const keptCharacters = maxLine + 64;

/**
 * The complete lines of each chunk. What follows the last newline waits for the next chunk, and is dropped at the end: a
 * line that was cut in the middle comes whole when the log is opened again.
 */
export async function* completeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    // Of a line without an end no more is held than is shown of it.
    rest = (parts.pop() ?? '').slice(0, keptCharacters);
    const lines = parts.filter((line) => line !== '');
    if (lines.length > 0) yield lines;
  }
}
