import { createHmac, randomBytes } from 'node:crypto';
import type { Database, Queryable } from '@quarterdeck/database';
import { createEnvelopes, EnvelopeError, type Envelopes, type RecordPlace } from './crypto/envelope.ts';
import { type Keyring, KeyringError } from './crypto/keyring.ts';
import { countByKey } from './crypto/sealed-columns.ts';

/** Facts of this installation that every process shares. */
export type Installation = {
  /** Eight lower-case characters; part of our field managers: `quarterdeck-release.<name>`. */
  name: string;
  envelopes: Envelopes;
  /** 32 bytes: signs cursors. */
  cursorKey: Buffer;
  /** 32 bytes: passwords, limits and unknown names are keyed with it. */
  pepper: Buffer;
  /** 32 bytes: the seed of the key that signs checkpoints of the audit trail. */
  auditKey: Buffer;
  /** `hmac:` and eight hex digits of a value that must not be readable where it is kept. */
  fingerprint: (value: string) => string;
};

const canaryText = 'quarterdeck';
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const installationPlace: RecordPlace = {
  table: 'platform_installation',
  column: 'sealed_secret',
  rowId: 'installation',
};
const auditPlace: RecordPlace = { table: 'platform_secret', column: 'sealed', rowId: 'audit' };

/**
 * Loads the installation, making it at the first start, and proves the keyring by the canary of each key.
 * @throws KeyringError when a key is wrong or missing: the process must not start (exit 78).
 */
export async function loadInstallation(database: Database, keyring: Keyring): Promise<Installation> {
  const envelopes = createEnvelopes(keyring);
  await database.transaction((tx) => proveKeys(tx, envelopes, keyring));
  const name = Array.from(randomBytes(8), (byte) => alphabet[byte % 32]).join('');
  await database.pool.query(
    'INSERT INTO platform_installation (name, sealed_secret) VALUES ($1, $2) ON CONFLICT (singleton) DO NOTHING',
    [name, newSecret(envelopes, installationPlace)],
  );
  await database.pool.query(
    'INSERT INTO platform_secret (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
    [auditPlace.rowId, newSecret(envelopes, auditPlace)],
  );
  const { rows } = await database.pool.query<{ name: string; sealed_secret: Buffer; audit: Buffer }>(
    `SELECT i.name, i.sealed_secret, s.sealed AS audit FROM platform_installation i, platform_secret s WHERE s.name = $1`,
    [auditPlace.rowId],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('The installation row is missing.');
  const secret = openSecret(envelopes, installationPlace, row.sealed_secret);
  const audit = openSecret(envelopes, auditPlace, row.audit);
  const fingerprintKey = audit.subarray(32, 64);
  return {
    name: row.name,
    envelopes,
    cursorKey: secret.subarray(0, 32),
    pepper: secret.subarray(32, 64),
    auditKey: audit.subarray(0, 32),
    fingerprint: (value) => `hmac:${createHmac('sha256', fingerprintKey).update(value).digest('hex').slice(0, 8)}`,
  };
}

function newSecret(envelopes: Envelopes, place: RecordPlace): Buffer {
  return Buffer.from(envelopes.seal(place, randomBytes(64).toString('base64')));
}

function openSecret(envelopes: Envelopes, place: RecordPlace, sealed: Buffer): Buffer {
  return Buffer.from(
    openOrRefuse(envelopes.keyIdOf(sealed), () => envelopes.open(place, sealed).reveal('start')),
    'base64',
  );
}

/**
 * Each key of the keyring must open its canary, and each key that records are sealed with must be in the keyring. A
 * keyring that is refused leaves nothing behind: its canary would refuse the right one after it.
 */
async function proveKeys(database: Queryable, envelopes: Envelopes, keyring: Keyring): Promise<void> {
  await putCanary(database, envelopes, keyring.primary);
  const result = await database.query<{ key_id: string; sealed: Buffer }>(
    'SELECT key_id, sealed FROM platform_key_canary',
  );
  for (const { key_id: keyId, sealed } of result.rows) {
    openOrRefuse(keyId, () => envelopes.open(canaryPlace(keyId), sealed).reveal('canary'));
  }
  for (const [keyId, records] of await countByKey(database)) {
    if (!keyring.keys.has(keyId))
      throw doesNotFit(keyId, `${records} records are sealed with it, and the keyring lacks it.`);
  }
}

/** A constant sealed with the key, once: a wrong key is seen at the start, not at the first use. */
export async function putCanary(database: Queryable, envelopes: Envelopes, keyId: string): Promise<void> {
  await database.query('INSERT INTO platform_key_canary (key_id, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    keyId,
    Buffer.from(envelopes.seal(canaryPlace(keyId), canaryText, keyId)),
  ]);
}

function canaryPlace(keyId: string): RecordPlace {
  return { table: 'platform_key_canary', column: 'sealed', rowId: keyId };
}

function openOrRefuse(keyId: string, open: () => string): string {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw doesNotFit(
      keyId,
      error.code === 'key_missing'
        ? 'records are sealed with it, and the keyring lacks it.'
        : 'its canary does not open.',
    );
  }
}

function doesNotFit(keyId: string, why: string): KeyringError {
  return new KeyringError(
    `The keyring does not fit this database at key "${keyId}": ${why} Put back the keyring.json that belongs to it.`,
  );
}
