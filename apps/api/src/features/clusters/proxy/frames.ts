/** What is known of a WebSocket frame (RFC 6455) without its payload: the first byte names the channel of a shell. */
export type FrameSeen = { isControl: boolean; length: number; channel: number | undefined };

/** Follows the frames in bytes that pass by. */
export interface FrameReader {
  read(chunk: Buffer): void;
  /** The bytes so far end with a whole frame: another one may be put in here. */
  readonly atBoundary: boolean;
}

const controlBit = 0x08;

/** @param onFrame called for each frame once its first byte of payload is there */
export function createFrameReader(onFrame: (frame: FrameSeen) => void): FrameReader {
  /** Head of the frame under way, as far as it has come: at most 14 bytes, and the first of the payload. */
  let head: number[] = [];
  let rest = 0;
  let channel: number | undefined;

  /** @returns how many bytes the head takes, as far as that is known */
  function headBytes(): number {
    if (head.length < 2) return 2;
    const size = (head[1] ?? 0) & 0x7f;
    return 2 + (size === 126 ? 2 : size === 127 ? 8 : 0) + (isMasked() ? 4 : 0);
  }
  const isMasked = () => ((head[1] ?? 0) & 0x80) !== 0;
  function payloadBytes(): number {
    const size = (head[1] ?? 0) & 0x7f;
    if (size < 126) return size;
    return head.slice(2, size === 126 ? 4 : 10).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  function begun(length: number): void {
    const isControl = ((head[0] ?? 0) & controlBit) !== 0;
    // A frame that goes on with a message stays on the channel that its first one named.
    const goesOn = ((head[0] ?? 0) & 0x0f) === 0;
    const first = head[headBytes()];
    const key = isMasked() ? (head[headBytes() - 4] ?? 0) : 0;
    if (!isControl && !goesOn) channel = first === undefined ? undefined : first ^ key;
    onFrame({ isControl, length, channel: isControl ? undefined : channel });
    head = [];
  }

  return {
    get atBoundary() {
      return head.length === 0 && rest === 0;
    },
    read(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (rest > 0) {
          const skipped = Math.min(rest, chunk.length - at);
          rest -= skipped;
          at += skipped;
          continue;
        }
        head.push(chunk[at] ?? 0);
        at += 1;
        if (head.length < headBytes()) continue;
        const length = payloadBytes();
        if (length === 0) begun(0);
        else if (head.length > headBytes()) {
          rest = length - 1;
          begun(length);
        }
      }
    },
  };
}

/** An unmasked frame, as servers send them; payloads of at most 65,535 bytes. */
export function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? [0x80 | opcode, length] : [0x80 | opcode, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}
