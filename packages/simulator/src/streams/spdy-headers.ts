import { once } from 'node:events';
import { constants, createInflate } from 'node:zlib';

/** Words that SPDY/3 begins its compression with, each behind its length, then values as they are. */
const words =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status';
const lateWords = 'version HTTP/1.1 url public set-cookie keep-alive origin';
const values =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

function behindLength(word: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(word.length);
  return Buffer.concat([length, Buffer.from(word)]);
}

/** The dictionary that both sides have (SPDY/3, section 2.6.10.1). */
export const dictionary = Buffer.concat([
  ...[...words.split(' '), '200 OK', ...lateWords.split(' ')].map(behindLength),
  Buffer.from(values),
]);

/** Reads the header blocks of one side, in their order: each continues the compression of the one before. */
export function createHeaderReader(): { read(block: Buffer): Promise<Map<string, string>>; close(): void } {
  const inflate = createInflate({ dictionary, flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
  const failed = once(inflate, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  return {
    async read(block) {
      const chunks: Buffer[] = [];
      const take = (chunk: Buffer) => chunks.push(chunk);
      inflate.on('data', take);
      await Promise.race([new Promise<void>((resolve) => inflate.write(block, () => resolve())), failed]);
      inflate.off('data', take);
      return pairsOf(Buffer.concat(chunks));
    },
    close: () => inflate.destroy(),
  };
}

function pairsOf(bytes: Buffer): Map<string, string> {
  let place = 0;
  const number = () => {
    const value = bytes.readUInt32BE(place);
    place += 4;
    return value;
  };
  const text = () => {
    const length = number();
    place += length;
    return bytes.toString('utf8', place - length, place);
  };
  const pairs = new Map<string, string>();
  for (let left = number(); left > 0; left -= 1) {
    const name = text();
    pairs.set(name, text());
  }
  return pairs;
}

/** Adler-32, which names the dictionary in front of compressed bytes. */
function checksum(bytes: Buffer): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}

/** Header blocks without a header: compressed bytes need not be small, they are stored as they are. */
export function createEmptyBlocks(): () => Buffer {
  const named = Buffer.alloc(6);
  named.writeUInt16BE(0x78bb);
  named.writeUInt32BE(checksum(dictionary), 2);
  // The empty block behind it tells a reader that it has all there is for now.
  const stored = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
  let isFirst = true;
  return () => {
    const block = isFirst ? Buffer.concat([named, stored]) : stored;
    isFirst = false;
    return block;
  };
}
