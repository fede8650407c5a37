import { DatabaseUnavailableError } from '@quarterdeck/database';
import { describe, expect, it } from 'vitest';
import { createLastKnown, createLastKnownByKey } from './last-known.ts';

const away = async (): Promise<never> => {
  throw new DatabaseUnavailableError(new Error('gone'));
};

describe('what was last known', () => {
  it('is given again while the database is away, with its time, for 30 s', async () => {
    let now = 0;
    const known = createLastKnown<string>(() => now);
    await expect(known.read(away)).rejects.toThrow('PostgreSQL');
    expect(await known.read(async () => 'first')).toEqual({ value: 'first' });
    now = 30_000;
    expect(await known.read(away)).toEqual({ value: 'first', readAt: expect.any(Date) });
    now = 30_001;
    await expect(known.read(away)).rejects.toThrow('PostgreSQL');
  });

  it('is not given for any other failure, nor once it was dropped', async () => {
    const known = createLastKnown<string>();
    await known.read(async () => 'first');
    const broken = known.read(async () => {
      throw new TypeError('a fault of ours');
    });
    await expect(broken).rejects.toThrow('a fault of ours');
    known.drop();
    await expect(known.read(away)).rejects.toThrow('PostgreSQL');
  });

  it('is kept by key, the newest ones, and never of one key for another', async () => {
    const known = createLastKnownByKey<string | undefined>(2);
    for (const key of ['a', 'b', 'a', 'c']) await known.read(key, async () => `of ${key}`);
    expect(await known.read('a', away)).toMatchObject({ value: 'of a' });
    expect(await known.read('c', away)).toMatchObject({ value: 'of c' });
    await expect(known.read('b', away)).rejects.toThrow('PostgreSQL');
    await expect(known.read('d', away)).rejects.toThrow('PostgreSQL');
    for (let made = 0; made < 10; made += 1) await known.read(`made up ${made}`, async () => undefined);
    expect(await known.read('a', away)).toMatchObject({ value: 'of a' });
    known.drop();
    await expect(known.read('a', away)).rejects.toThrow('PostgreSQL');
  });

  it('is not kept when it was dropped while it was read', async () => {
    const known = createLastKnownByKey<string>(2);
    await known.read('a', async () => {
      known.drop();
      return 'as it was before';
    });
    await expect(known.read('a', away)).rejects.toThrow('PostgreSQL');
  });
});
