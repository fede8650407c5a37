import { flags, frame, frameTypes, largestFrame } from './frames.ts';
import { encodeHeaders } from './headers.ts';

/** What is asked over a connection that others share. */
export type SharedRequest = { path: string; headers: Readonly<Record<string, string | readonly string[]>> };

/** Asks for one thing; nothing follows the headers. */
export function requestFrames(id: number, { path, headers }: SharedRequest, host: string): Buffer {
  const fields: [string, string][] = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', host],
    [':path', path],
  ];
  for (const [name, values] of Object.entries(headers))
    for (const value of typeof values === 'string' ? [values] : values) fields.push([name.toLowerCase(), value]);
  const block = encodeHeaders(fields);
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += largestFrame) {
    const part = block.subarray(at, at + largestFrame);
    const isLast = at + largestFrame >= block.length;
    const bits = (at === 0 ? flags.endStream : 0) | (isLast ? flags.endHeaders : 0);
    frames.push(frame(at === 0 ? frameTypes.headers : frameTypes.continuation, bits, id, part));
  }
  return Buffer.concat(frames);
}

/** Why a connection ends, for whoever reads the logs of the other side. */
export function goAwayFrame(code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(code, 4);
  return frame(frameTypes.goAway, 0, 0, payload);
}
