import { tokenKinds } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { newToken, parseToken } from './token-format.ts';

describe('a token', () => {
  it.each(tokenKinds)('of kind %s has a kind, a public id, a secret and a checksum', (kind) => {
    const { text, ...parts } = newToken(kind);
    expect(text).toMatch(/^qd[psw]_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(parseToken(text)).toEqual(parts);
  });

  it('is never the same twice, in id and in secret', () => {
    const made = Array.from({ length: 500 }, () => newToken('personal'));
    expect(new Set(made.map(({ lookup }) => lookup)).size).toBe(500);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(500);
  });

  it('with any one character changed, cut or added is not read', () => {
    const { text } = newToken('service');
    for (let place = 0; place < text.length; place += 1) {
      const other = text[place] === 'a' ? 'b' : 'a';
      expect(parseToken(`${text.slice(0, place)}${other}${text.slice(place + 1)}`)).toBeUndefined();
      expect(parseToken(text.slice(0, place) + text.slice(place + 1))).toBeUndefined();
    }
    expect(parseToken(`${text} `)).toBeUndefined();
    expect(parseToken('')).toBeUndefined();
  });
});
