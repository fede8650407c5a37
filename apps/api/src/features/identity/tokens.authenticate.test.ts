import { describe, expect, it } from 'vitest';
import type { Audit } from '../audit/index.ts';
import { newToken, tokenText } from './token-format.ts';
import { createTokenAuthentication, secretHmac } from './tokens.authenticate.ts';
import type { TokensStore } from './tokens.store.ts';

const pepper = Buffer.alloc(32, 7);
const known = newToken('personal');

/** A store with one token that writes down what is asked of it. */
function watchedStore() {
  const asked: string[] = [];
  const store = new Proxy({} as TokensStore, {
    get: (_, name) => async (hmac: unknown) => {
      asked.push(String(name));
      const isKnown = hmac instanceof Buffer && hmac.equals(secretHmac(pepper, known));
      return isKnown ? { state: 'revoked' } : undefined;
    },
  });
  return { asked, store };
}

async function refusalOf(text: string) {
  const { asked, store } = watchedStore();
  const { authenticate } = createTokenAuthentication({ store, audit: {} as Audit, pepper });
  const error = await authenticate(text, '192.0.2.1').then(
    () => undefined,
    (refusal: unknown) => refusal,
  );
  return { asked, error };
}

describe('a token whose secret is wrong', () => {
  it('S28: takes the same steps and gets the same answer whether its id exists or not', async () => {
    const stranger = newToken('personal');
    const wrongSecret = await refusalOf(tokenText({ ...known, secret: stranger.secret }));
    const unknownId = await refusalOf(stranger.text);
    expect(wrongSecret.error).toMatchObject({ code: 'unauthenticated', status: 401 });
    expect(unknownId).toEqual(wrongSecret);
    expect(unknownId.asked).toEqual(['findByHmac']);
  });

  it('is the only one that does not hear why a token ended', async () => {
    expect((await refusalOf(known.text)).error).toMatchObject({ message: expect.stringContaining('revoked') });
  });

  it('that cannot be a token at all is not looked up', async () => {
    expect((await refusalOf(`${known.text.slice(0, -1)}~`)).asked).toEqual([]);
  });
});
