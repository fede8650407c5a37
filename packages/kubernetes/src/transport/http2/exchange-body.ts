import { Readable } from 'node:stream';

/** So much a server may send of one answer ahead of our reading: over 100 ms of network still 5 MB a second. */
export const bodyWindowBytes = 512 * 1024;

/** The body of an answer. What was read of it is told, so that the server may send as much again. */
export class ExchangeBody extends Readable {
  readonly #allow: (bytes: number) => void;
  readonly #over: () => void;
  /** Received, and not allowed again. */
  #used = 0;

  /**
   * @param allow told how many bytes more the server may send
   * @param over told once that nobody reads any more, whether or not all was read
   */
  constructor(allow: (bytes: number) => void, over: () => void) {
    super();
    this.#allow = allow;
    this.#over = over;
  }

  /** @returns false where the server sent more than it was allowed */
  receive(bytes: Buffer): boolean {
    this.#used += bytes.length;
    if (this.#used > bodyWindowBytes) return false;
    // Flowing bodies hand it on within this call.
    if (bytes.length > 0) this.push(bytes);
    this.#tell();
    return true;
  }

  /** Bytes of the window that carried nothing to read. */
  receivePadding(bytes: number): void {
    this.#used += bytes;
    this.#tell();
  }

  override read(size?: number): unknown {
    const bytes: unknown = super.read(size);
    this.#tell();
    return bytes;
  }

  override _read(): void {}

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#over();
    callback(error);
  }

  /** In large steps: a frame for every line would cost more than the line. */
  #tell(): void {
    const read = this.#used - this.readableLength;
    if (read < bodyWindowBytes / 2 || this.destroyed) return;
    this.#used -= read;
    this.#allow(read);
  }
}
