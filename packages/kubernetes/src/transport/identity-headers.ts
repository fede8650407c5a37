import type { Identity } from './cluster-client.ts';

/** An identity that must not leave the process. Always a fault of the caller, never of the cluster. */
export class IdentityRefusedError extends Error {
  readonly code = 'identity_refused';
  constructor(message: string) {
    super(message);
    this.name = 'IdentityRefusedError';
  }
}

const control = /\p{Cc}/u;
const notInHeaderName = /[^!#$&'*+\-.^_`|~0-9a-z]/gu;

/**
 * The `Impersonate-*` headers of an identity. An empty user or group list would make the API server answer as the
 * stored credential itself, and `system:` names would step over RBAC: both are refused here, whoever asks.
 * @throws IdentityRefusedError
 */
export function identityHeaders(identity: Identity): Record<string, string | string[]> {
  if (identity.groups.length === 0) throw new IdentityRefusedError('No groups: a request needs a user and a group.');
  for (const name of [identity.user, ...identity.groups]) assertName(name);
  const headers: Record<string, string | string[]> = {
    'Impersonate-User': headerValue(identity.user),
    'Impersonate-Group': identity.groups.map(headerValue),
  };
  if (identity.uid !== undefined) headers['Impersonate-Uid'] = headerValue(identity.uid);
  for (const [key, values] of Object.entries(identity.extra ?? {})) {
    if (key === '' || key !== key.toLowerCase()) {
      throw new IdentityRefusedError(`The extra key "${key}" is empty or not lower case.`);
    }
    headers[`Impersonate-Extra-${escapeKey(key)}`] = values.map(headerValue);
  }
  return headers;
}

function assertName(name: string): void {
  if (name.trim() === '') throw new IdentityRefusedError('Empty name: a request needs a user and a group.');
  if (name.startsWith('system:')) throw new IdentityRefusedError(`"${name}" belongs to Kubernetes itself.`);
}

/** Go reads header bytes as UTF-8 and Node writes strings as latin1, so non-ASCII goes out byte by byte. */
function headerValue(value: string): string {
  if (control.test(value) || value !== value.trim() || value === '') {
    throw new IdentityRefusedError('A name is empty, has control characters, or white space at its ends.');
  }
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** As client-go does it: what a header name cannot carry is percent-encoded, and the server decodes it. */
function escapeKey(key: string): string {
  return key.replace(notInHeaderName, (character) =>
    Array.from(Buffer.from(character, 'utf8'), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  );
}
