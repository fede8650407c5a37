import { maxElementBytes, type Skipped } from './byte-lines.ts';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const maxShellBytes = 1024 * 1024;

/** Everything of a list but its items. */
export type ListShell = { kind?: unknown; metadata?: { resourceVersion?: unknown; continue?: unknown } };

/**
 * Reads a Kubernetes list from its bytes, one element of `items` at a time, so that a list of any length costs the
 * memory of its largest element. Counts depth and strings only; each element is parsed by the caller.
 * @throws Error when the bytes end early
 */
export async function* readListElements(
  chunks: AsyncIterable<Uint8Array>,
  onSkipped: Skipped,
  maxBytes: number = maxElementBytes,
): AsyncGenerator<Buffer, ListShell, undefined> {
  const shell: Buffer[] = [];
  let shellBytes = 0;
  let element: Buffer[] = [];
  let elementBytes = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inItems = false;
  let inElement = false;
  let word: number[] = [];
  let key = '';

  const keepShell = (part: Buffer) => {
    shellBytes += part.length;
    if (shellBytes > maxShellBytes) throw new Error('The list has more than 1 MiB besides its items');
    shell.push(Buffer.from(part));
  };
  const keepElement = (part: Buffer) => {
    elementBytes += part.length;
    if (elementBytes > maxBytes) element = [];
    else element.push(part);
  };

  for await (const chunk of chunks) {
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    // Start of what belongs to the element, or to the shell, in this chunk.
    let start = 0;
    for (let at = 0; at < data.length; at += 1) {
      if (inString) {
        if (escaped) {
          escaped = false;
          continue;
        }
        // Most bytes of an object stand in strings: they are passed in a loop of their own.
        const from = at;
        while (at < data.length && data[at] !== quote && data[at] !== backslash) at += 1;
        if (depth === 1) word.push(...data.subarray(from, Math.min(at, from + 16)));
        escaped = data[at] === backslash;
        inString = data[at] !== quote;
        continue;
      }
      const byte = data[at];
      if (byte === quote) {
        inString = true;
        word = [];
      } else if (byte === colon) {
        if (depth === 1) key = String.fromCharCode(...word.slice(0, 16));
      } else if (byte === openObject || byte === openArray) {
        depth += 1;
        if (depth === 2 && byte === openArray && key === 'items') {
          inItems = true;
          keepShell(data.subarray(start, at + 1));
          start = at + 1;
        } else if (inItems && depth === 3) {
          inElement = true;
          start = at;
        }
      } else if (byte === closeObject || byte === closeArray) {
        depth -= 1;
        if (inElement && depth === 2) {
          keepElement(data.subarray(start, at + 1));
          start = at + 1;
          inElement = false;
          if (elementBytes > maxBytes) onSkipped();
          else yield element.length === 1 && element[0] !== undefined ? element[0] : Buffer.concat(element);
          element = [];
          elementBytes = 0;
        } else if (inItems && depth === 1) {
          inItems = false;
          start = at;
        }
      } else if (byte === comma && depth === 1) key = '';
    }
    const rest = data.subarray(start);
    if (inElement) keepElement(rest);
    else if (!inItems) keepShell(rest);
  }
  if (depth !== 0 || inString || shellBytes === 0) throw new Error('The list ended early');
  return JSON.parse(Buffer.concat(shell).toString('utf8')) as ListShell;
}
