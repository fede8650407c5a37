import { hash } from '@node-rs/argon2';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPasswords, type Passwords } from './passwords.ts';

const pepper = Buffer.alloc(32, 7);
let passwords: Passwords;
beforeAll(async () => {
  passwords = await createPasswords(pepper);
});

describe('passwords', () => {
  it('match their own hash, made with the pepper alone', async () => {
    const stored = await passwords.hash('a long enough phrase');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(stored, 'a long enough phrase')).toBe(true);
    expect(await passwords.verify(stored, 'another long phrase')).toBe(false);
    const other = await createPasswords(Buffer.alloc(32, 8));
    expect(await other.verify(stored, 'a long enough phrase')).toBe(false);
  });

  it('are hashed anew when the parameters were others', async () => {
    const old = await hash('x', { memoryCost: 8192, timeCost: 2, parallelism: 1, secret: pepper });
    expect(passwords.isOutdated(old)).toBe(true);
    expect(passwords.isOutdated(await passwords.hash('x'))).toBe(false);
  });

  it.each([
    ['password1234', 'a common one'],
    ['aaaaaaaaaaaaaa', 'one character'],
    ['qwertyuiop12', 'a row of keys'],
    ['li.wei-li.wei', 'the own name'],
    ['quarterdeck2026', 'the product'],
  ])('are refused when they are easy to guess: %s (%s)', async (password) => {
    await expect(passwords.checkStrength(password, ['li.wei'])).rejects.toThrow(/too weak/);
  });

  it('have any characters and up to 128 of them, and are taken exactly as they are typed', async () => {
    const long = `${'sextant '.repeat(15)}\u{1F9ED} \u00e9\u00df`.padEnd(128, ' \u9ed1');
    expect(long.length).toBeGreaterThanOrEqual(128);
    const typed = long.slice(0, 128);
    await passwords.checkStrength(typed, []);
    const stored = await passwords.hash(typed);
    expect(await passwords.verify(stored, typed)).toBe(true);
    for (const other of [typed.trim(), typed.toUpperCase(), typed.slice(0, 72), `${typed} `]) {
      if (other !== typed) expect(await passwords.verify(stored, other)).toBe(false);
    }
  });

  it('pass when they are not', async () => {
    await expect(passwords.checkStrength('sextant brass harbour 41', ['li.wei'])).resolves.toBeUndefined();
  });

  it('S28 of accounts that do not exist are hashed like all others: they fill the queue of 52 too', async () => {
    const tries = Array.from({ length: 53 }, () => passwords.verify(undefined, 'whatever this is'));
    const results = await Promise.allSettled(tries);
    expect(results.filter((result) => result.status === 'fulfilled' && result.value === false)).toHaveLength(52);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ status: 503 });
  });
});
