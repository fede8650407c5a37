import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring } from './keyring.ts';
import { Secret } from './secret.ts';

/** Where a sealed record lives. It is bound into the ciphertext, so a record moved to another row does not open. */
export type RecordPlace = { table: string; column: string; rowId: string };

const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;
const dataKeyBytes = 32;

/** Raised when a record does not open: another key, another row, or a changed byte. */
export class EnvelopeError extends Error {
  readonly code: 'key_missing' | 'record_damaged';
  constructor(code: EnvelopeError['code'], message: string) {
    super(message);
    this.name = 'EnvelopeError';
    this.code = code;
  }
}

export interface Envelopes {
  /** Seals with a new data key under the primary key, or the one named. */
  seal(place: RecordPlace, plain: string, keyId?: string): Uint8Array<ArrayBuffer>;
  /** @throws EnvelopeError */
  open(place: RecordPlace, record: Uint8Array): Secret;
  /** Which key wraps this record. */
  keyIdOf(record: Uint8Array): string;
}

/**
 * Envelope encryption: AES-256-GCM, a data key per record and write, wrapped by a key of the keyring.
 * Record: `v1 ‖ keyId length ‖ keyId ‖ nonce ‖ wrapped data key+tag ‖ nonce ‖ ciphertext+tag`; additional data is
 * table, column, row id, key id.
 */
export function createEnvelopes(keyring: Keyring): Envelopes {
  function additionalData(place: RecordPlace, keyId: string): Buffer {
    return Buffer.from(JSON.stringify([place.table, place.column, place.rowId, keyId]), 'utf8');
  }

  return {
    seal(place, plain, keyId = keyring.primary) {
      const wrappingKey = keyring.keys.get(keyId);
      if (wrappingKey === undefined) throw new EnvelopeError('key_missing', `Key ${keyId} is not in the keyring.`);
      const aad = additionalData(place, keyId);
      const dataKey = randomBytes(dataKeyBytes);
      const wrapped = encrypt(wrappingKey, dataKey, aad);
      const sealed = encrypt(dataKey, Buffer.from(plain, 'utf8'), aad);
      dataKey.fill(0);
      const keyIdBytes = Buffer.from(keyId, 'utf8');
      return Uint8Array.from(
        Buffer.concat([Buffer.from([formatVersion, keyIdBytes.length]), keyIdBytes, wrapped, sealed]),
      );
    },

    open(place, record) {
      const { keyId, wrapped, sealed } = split(record);
      const wrappingKey = keyring.keys.get(keyId);
      if (wrappingKey === undefined) {
        throw new EnvelopeError('key_missing', `A record is sealed with key ${keyId}, which is not in the keyring.`);
      }
      const aad = additionalData(place, keyId);
      const dataKey = decrypt(wrappingKey, wrapped, aad);
      const plain = decrypt(dataKey, sealed, aad).toString('utf8');
      dataKey.fill(0);
      return new Secret(plain);
    },

    keyIdOf: (record) => split(record).keyId,
  };
}

function split(record: Uint8Array): { keyId: string; wrapped: Buffer; sealed: Buffer } {
  const buffer = Buffer.from(record);
  const keyIdLength = buffer[1] ?? 0;
  const wrappedLength = nonceBytes + dataKeyBytes + tagBytes;
  const start = 2 + keyIdLength;
  if (buffer[0] !== formatVersion || buffer.length < start + wrappedLength + nonceBytes + tagBytes) {
    throw new EnvelopeError('record_damaged', 'A sealed record is damaged.');
  }
  return {
    keyId: buffer.subarray(2, start).toString('utf8'),
    wrapped: buffer.subarray(start, start + wrappedLength),
    sealed: buffer.subarray(start + wrappedLength),
  };
}

function encrypt(key: Buffer, plain: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes));
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()]);
  } catch {
    throw new EnvelopeError(
      'record_damaged',
      'A sealed record does not open: it was changed, moved, or the key differs.',
    );
  }
}
