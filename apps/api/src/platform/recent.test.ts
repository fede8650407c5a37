import { describe, expect, it } from 'vitest';
import { createMemory, createRecent } from './recent.ts';

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

describe('what a process remembers', () => {
  it('is forgotten together', async () => {
    const memory = createMemory();
    const [names, counts] = [memory.recent<string>(), memory.recent<number>()];
    await names.get('a', async () => 'old');
    await counts.get('a', async () => 1);
    expect(await names.get('a', async () => 'new')).toBe('old');
    memory.forget();
    expect(await names.get('a', async () => 'new')).toBe('new');
    expect(await counts.get('a', async () => 2)).toBe(2);
  });

  it('is nothing with no time to remember it for', async () => {
    const nothing = createMemory(0).recent<number>();
    await nothing.get('a', async () => 1);
    expect(await nothing.get('a', async () => 2)).toBe(2);
  });
});
