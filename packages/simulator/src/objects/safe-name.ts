import { createHash, randomBytes } from 'node:crypto';

/** Kubernetes leaves vowels and their look-alikes out, so that no name says anything. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** What a generated name ends in. */
export function randomSuffix(): string {
  return encode(randomBytes(5));
}

/** Ten characters that stand for a pod template. */
export function templateHash(template: unknown): string {
  return encode(createHash('sha256').update(JSON.stringify(template)).digest().subarray(0, 10));
}

function encode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
}
