import { randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/**
 * A new secret of a hook, in the form that GitLab takes for signing. The same text serves as a plain token where the
 * sender cannot sign.
 */
export function newHookSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64')}`;
}

/** The key that deliveries are signed with. */
export function signingKeyOf(secret: string): Buffer {
  return Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64');
}
