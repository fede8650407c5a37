/** Frames of HTTP/2 (RFC 9113, section 6) that a client which only asks has to know. */
export const frameTypes = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const flags = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;
export const settings = { enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxHeaderListSize: 6 } as const;
export const errorCodes = {
  none: 0,
  protocol: 1,
  flowControl: 3,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;

/** What opens a connection, before the first frame. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** The standard's own size of the largest frame, which either side may send unasked. */
export const largestFrame = 16_384;
export const frameHeadBytes = 9;

export type Frame = { type: number; flags: number; streamId: number };

/** What breaks the rules: the connection ends with the code. */
export class ProtocolBreach extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = 'ProtocolBreach';
    this.code = code;
  }
}

export function frame(type: number, flagBits: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeadBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flagBits;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, frameHeadBytes);
  return bytes;
}

export function numberFrame(type: number, streamId: number, value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, streamId, payload);
}

export function settingsFrame(values: readonly (readonly [setting: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(values.length * 6);
  for (const [index, [setting, value]] of values.entries()) {
    payload.writeUInt16BE(setting, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(frameTypes.settings, 0, 0, payload);
}

/**
 * Splits what a socket brings into frames. Plain data is handed on piece by piece as it comes, in the socket's own
 * buffers; `isLast` tells the end of its frame. Every other frame comes whole.
 * @returns takes the next bytes. @throws ProtocolBreach where a frame is larger than was offered
 */
export function createFrameReader(
  take: (frame: Frame, payload: Buffer, isLast: boolean) => void,
): (bytes: Buffer) => void {
  let held: Buffer | undefined;
  let current: (Frame & { left: number }) | undefined;

  return (bytes) => {
    let rest = held === undefined ? bytes : Buffer.concat([held, bytes]);
    held = undefined;
    for (;;) {
      if (current === undefined) {
        if (rest.length < frameHeadBytes) break;
        current = headOf(rest);
        rest = rest.subarray(frameHeadBytes);
      }
      const { left, ...given } = current;
      const isPlainData = given.type === frameTypes.data && (given.flags & flags.padded) === 0;
      if (rest.length < left && !(isPlainData && rest.length > 0)) break;
      const payload = rest.subarray(0, left);
      rest = rest.subarray(payload.length);
      current = payload.length < left ? { ...given, left: left - payload.length } : undefined;
      take(given, payload, current === undefined);
      if (rest.length === 0) return;
    }
    // Copied, or a few bytes would keep the socket's whole buffer.
    if (rest.length > 0) held = Buffer.from(rest);
  };
}

function headOf(bytes: Buffer): Frame & { left: number } {
  const left = bytes.readUIntBE(0, 3);
  if (left > largestFrame) throw new ProtocolBreach(errorCodes.frameSize, 'a frame that is too large');
  return {
    left,
    type: bytes[3] as number,
    flags: bytes[4] as number,
    streamId: bytes.readUInt32BE(5) & 0x7fff_ffff,
  };
}

/** The payload without padding and, of headers, without priority. @throws ProtocolBreach */
export function unpad({ type, flags: bits }: Frame, payload: Buffer): Buffer {
  const isPadded = (bits & flags.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? 0) : 0;
  const start = (isPadded ? 1 : 0) + (type === frameTypes.headers && (bits & flags.priority) !== 0 ? 5 : 0);
  if (start + padding > payload.length) throw new ProtocolBreach(errorCodes.protocol, 'more padding than payload');
  return payload.subarray(start, payload.length - padding);
}
