import { describe, expect, it } from 'vitest';
import { createRecent } from './recent.ts';

describe('answers of a moment ago', () => {
  it('are asked for once, by however many, until the moment is over', async () => {
    let now = 0;
    let asked = 0;
    const recent = createRecent<number>(1000, () => now);
    const get = () => recent.get('a', async () => (asked += 1));
    expect(await Promise.all([get(), get(), recent.get('b', async () => 7)])).toEqual([1, 1, 7]);
    now = 999;
    expect(await get()).toBe(1);
    now = 1000;
    expect(await get()).toBe(2);
  });

  it('are forgotten when something has changed, and not kept when they failed', async () => {
    const recent = createRecent<string>(1000);
    await recent.get('a', async () => 'old');
    recent.forget();
    expect(await recent.get('a', async () => 'new')).toBe('new');
    await expect(recent.get('b', async () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await recent.get('b', async () => 'there')).toBe('there');
  });
});
