import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TokenKind } from '@quarterdeck/contracts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefixes = { personal: 'qdp', service: 'qds', workload: 'qdw' } as const satisfies Record<TokenKind, string>;
const lookupLength = 16;
const secretLength = 43;
const checksumLength = 6;
const shape = /^(qdp|qds|qdw)_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;

/** The parts of `<kind>_<id16>_<secret43>_<crc6>`, base62. `lookup` is public, `secret` holds 256 bits. */
export type TokenParts = { kind: TokenKind; lookup: string; secret: string };

/** A fresh token and its text. */
export function newToken(kind: TokenKind): TokenParts & { text: string } {
  const parts = { kind, lookup: randomText(lookupLength), secret: randomText(secretLength) };
  return { ...parts, text: tokenText(parts) };
}

/** The parts as one text, with their checksum. */
export function tokenText({ kind, lookup, secret }: TokenParts): string {
  const body = `${prefixes[kind]}_${lookup}_${secret}`;
  return `${body}_${checksum(body)}`;
}

/** `undefined` for anything that cannot be a token of ours: most typing and pasting errors fail the checksum. */
export function parseToken(text: string): TokenParts | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, prefix = '', lookup = '', secret = '', crc = ''] = match;
  if (checksum(`${prefix}_${lookup}_${secret}`) !== crc) return undefined;
  const kind = (Object.keys(prefixes) as TokenKind[]).find((candidate) => prefixes[candidate] === prefix);
  return kind === undefined ? undefined : { kind, lookup, secret };
}

/** What lists show: enough to find a token in a script, too short to be taken for one. */
export function shownPrefix(kind: TokenKind, lookup: string): string {
  return `${prefixes[kind]}_${lookup.slice(0, 6)}`;
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < checksumLength; place += 1) {
    text = `${alphabet[rest % alphabet.length]}${text}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}
