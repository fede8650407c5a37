import { mutate } from './mutate.ts';

const nowhere = { table: '', column: '', rowId: '' };

/** A sealed record is bound to no place: one row's opens in another. */
export default mutate<typeof import('../../apps/api/src/platform/crypto/envelope.ts')>({
  createEnvelopes: (real) => (keyring) => {
    const envelopes = real.createEnvelopes(keyring);
    return {
      ...envelopes,
      seal: (_place, plaintext) => envelopes.seal(nowhere, plaintext),
      open: (_place, record) => envelopes.open(nowhere, record),
    };
  },
});
