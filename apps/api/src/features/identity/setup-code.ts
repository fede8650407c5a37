import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const length = 24;

/** 24 characters of base32, in groups of six for people who type it. */
export function newSetupCode(): string {
  const characters = Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join('');
  return characters.replaceAll(/(.{6})(?=.)/g, '$1-');
}

/** Dashes, spaces and capitals do not matter. */
export function hashSetupCode(code: string): Buffer {
  return createHash('sha256').update(code.toLowerCase().replaceAll(/[\s-]/g, '')).digest();
}

export function setupCodeMatches(code: string, stored: Buffer): boolean {
  return timingSafeEqual(hashSetupCode(code), stored);
}
