import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createEnvelopes } from './envelope.ts';
import { newKeyringText, parseKeyring } from './keyring.ts';

const place = { table: 'clusters_credential', column: 'sealed', rowId: 'row-1' };
const keyring = parseKeyring(newKeyringText(randomBytes, 'k1'));

describe('S60 a sealed record', () => {
  const envelopes = createEnvelopes(keyring);

  it('opens in its own place and prints as [secret]', () => {
    const secret = envelopes.open(place, envelopes.seal(place, 'token-123'));
    expect(secret.reveal('test')).toBe('token-123');
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toContain('token-123');
  });

  it('differs each time the same value is sealed', () => {
    expect(Buffer.from(envelopes.seal(place, 'a'))).not.toEqual(Buffer.from(envelopes.seal(place, 'a')));
  });

  it('does not open in another row, column or table', () => {
    const record = envelopes.seal(place, 'token-123');
    for (const other of [{ rowId: 'row-2' }, { column: 'x' }, { table: 'x' }]) {
      expect(() => envelopes.open({ ...place, ...other }, record)).toThrow(/does not open/);
    }
  });

  it('does not open with any bit flipped', () => {
    const record = envelopes.seal(place, 'token-123');
    for (let index = 0; index < record.length; index += 1) {
      const flipped = Uint8Array.from(record);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      expect(() => envelopes.open(place, flipped)).toThrow();
    }
  });

  it('names the key that is missing after a wrong keyring', () => {
    const record = envelopes.seal(place, 'token-123');
    const other = createEnvelopes(parseKeyring(newKeyringText(randomBytes, 'k2')));
    expect(() => other.open(place, record)).toThrow(/k1/);
  });
});

describe('parseKeyring', () => {
  it('names what is wrong and never a key', () => {
    expect(() => parseKeyring('{')).toThrow(/not JSON/);
    expect(() => parseKeyring('{"primary":"a","keys":{"a":"c2hvcnQ="}}')).toThrow(/keys\.a.*32 bytes/);
    expect(() => parseKeyring(`{"primary":"b","keys":{"a":"${randomBytes(32).toString('base64')}"}}`)).toThrow(
      /primary/,
    );
  });
});
