const encoder = new TextEncoder();

/** Text that PostgreSQL accepts, cut to `maxBytes` of UTF-8: U+0000 and lone surrogates are replaced. */
export function cleanText(value: unknown, maxBytes: number): string {
  if (typeof value !== 'string') return '';
  // Cut before cleaning, so that a huge value costs no more than its limit; a character has at most three bytes a unit.
  const short = value.length > maxBytes ? value.slice(0, maxBytes) : value;
  const isClean = short.isWellFormed() && !short.includes('\u0000');
  return cutToBytes(isClean ? short : short.toWellFormed().replaceAll('\u0000', '\uFFFD'), maxBytes);
}

/** The longest start of the text within the limit that does not split a character. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const room = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(text, room);
  return read === text.length ? text : text.slice(0, read);
}

export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
