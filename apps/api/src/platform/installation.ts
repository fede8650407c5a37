import { randomBytes } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import { createEnvelopes, EnvelopeError, type Envelopes } from './crypto/envelope.ts';
import { type Keyring, KeyringError } from './crypto/keyring.ts';

/** Facts of this installation that every process shares. */
export type Installation = {
  /** Eight lower-case characters; part of our field managers: `quarterdeck-release.<name>`. */
  name: string;
  envelopes: Envelopes;
  /** 32 bytes: signs cursors. */
  cursorKey: Buffer;
  /** 32 bytes: passwords, limits and unknown names are keyed with it. */
  pepper: Buffer;
};

const canaryText = 'quarterdeck';
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Loads the installation, making it at the first start, and proves the keyring by the canary of each key.
 * @throws KeyringError when a key is wrong or missing: the process must not start (exit 78).
 */
export async function loadInstallation(database: Database, keyring: Keyring): Promise<Installation> {
  const envelopes = createEnvelopes(keyring);
  const place = { table: 'platform_installation', column: 'sealed_secret', rowId: 'installation' };
  const name = Array.from(randomBytes(8), (byte) => alphabet[byte % 32]).join('');
  await database.pool.query(
    'INSERT INTO platform_installation (name, sealed_secret) VALUES ($1, $2) ON CONFLICT (singleton) DO NOTHING',
    [name, Buffer.from(envelopes.seal(place, randomBytes(64).toString('base64')))],
  );
  await proveKeys(database, envelopes, keyring);
  const result = await database.pool.query<{ name: string; sealed_secret: Buffer }>(
    'SELECT name, sealed_secret FROM platform_installation',
  );
  const row = result.rows[0];
  if (row === undefined) throw new Error('The installation row is missing.');
  const secret = Buffer.from(
    openOrRefuse(() => envelopes.open(place, row.sealed_secret).reveal('installation secret')),
    'base64',
  );
  return { name: row.name, envelopes, cursorKey: secret.subarray(0, 32), pepper: secret.subarray(32, 64) };
}

async function proveKeys(database: Database, envelopes: Envelopes, keyring: Keyring): Promise<void> {
  const place = (keyId: string) => ({ table: 'platform_key_canary', column: 'sealed', rowId: keyId });
  await database.pool.query('INSERT INTO platform_key_canary (key_id, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    keyring.primary,
    Buffer.from(envelopes.seal(place(keyring.primary), canaryText)),
  ]);
  const result = await database.pool.query<{ key_id: string; sealed: Buffer }>(
    'SELECT key_id, sealed FROM platform_key_canary',
  );
  for (const row of result.rows) {
    openOrRefuse(() => envelopes.open(place(row.key_id), row.sealed).reveal('canary'));
  }
}

function openOrRefuse(open: () => string): string {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new KeyringError(
      `${error.message} The keyring does not fit this database: put back the keyring.json that belongs to it.`,
    );
  }
}
