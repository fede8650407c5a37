import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

const keyringSchema = z.strictObject({
  primary: z.string().min(1).max(64),
  keys: z.record(
    z.string().min(1).max(64),
    z.string().refine((value) => Buffer.from(value, 'base64').length === 32, 'a key is 32 bytes in base64'),
  ),
});

/** Keys that wrap the data keys of sealed records; `primary` seals, all open. Read it anew for each use: it may change. */
export type Keyring = { readonly primary: string; readonly keys: ReadonlyMap<string, Buffer> };

/** Raised for a keyring that cannot be used; the process exits 78. */
export class KeyringError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyringError';
  }
}

/**
 * Parses `{"primary": "<id>", "keys": {"<id>": "<32 bytes base64>"}}`.
 * @throws KeyringError that names the field, never a key.
 */
export function parseKeyring(text: string): Keyring {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KeyringError('The keyring is not JSON. Restore keyring.json from your backup.');
  }
  const parsed = keyringSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new KeyringError(`The keyring is not valid at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { primary, keys } = parsed.data;
  if (keys[primary] === undefined)
    throw new KeyringError(`The keyring's primary key ${primary} is not among its keys.`);
  return { primary, keys: new Map(Object.entries(keys).map(([id, key]) => [id, Buffer.from(key, 'base64')])) };
}

/** A new keyring with one random key, as JSON text for a 0600 file. */
export function newKeyringText(randomBytes: (size: number) => Buffer, keyId: string): string {
  return keyringText({ primary: keyId, keys: new Map([[keyId, randomBytes(32)]]) });
}

/** The file's text; whoever writes it keeps it at mode 0600. */
export function keyringText({ primary, keys }: Keyring): string {
  const encoded = Object.fromEntries([...keys].map(([id, key]) => [id, key.toString('base64')]));
  return `${JSON.stringify({ primary, keys: encoded }, undefined, 2)}\n`;
}

/**
 * The keyring of a file, as the file is now: a key that is added or made primary is in use at once, without a restart.
 * While the file is away or not valid the keys of before stay in use.
 * @throws KeyringError when the file is not a keyring at the start
 */
export function fileKeyring(file: string): Keyring {
  let seen = stampOf(file);
  let keyring = parseKeyring(readFileSync(file, 'utf8'));
  function now(): Keyring {
    const stamp = stampOf(file);
    if (stamp === undefined || stamp === seen) return keyring;
    try {
      keyring = parseKeyring(readFileSync(file, 'utf8'));
      seen = stamp;
    } catch {
      // Half-written by an editor: the next look finds it whole.
    }
    return keyring;
  }
  return {
    get primary() {
      return now().primary;
    },
    get keys() {
      return now().keys;
    },
  };
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}
