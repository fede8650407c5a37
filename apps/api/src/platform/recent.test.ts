import { describe, expect, it } from 'vitest';
import { createMemory, createRecent } from './recent.ts';

describe('answers of a moment ago', () => {
  it('are asked for once, by however many, until the moment is over', async () => {
    let now = 0;
    let asked = 0;
    const recent = createRecent<number>(1000, { now: () => now });
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

describe('answers that are renewed beside', () => {
  it('keep nobody waiting while they are asked for, once, and are no older than twice the moment', async () => {
    let now = 0;
    const loads: PromiseWithResolvers<string>[] = [];
    const recent = createRecent<string>(1000, { now: () => now, renew: true });
    const get = () =>
      recent.get('a', () => {
        const load = Promise.withResolvers<string>();
        loads.push(load);
        return load.promise;
      });
    const first = get();
    loads[0]?.resolve('first');
    expect(await first).toBe('first');
    now = 1500;
    expect(await Promise.all([get(), get()])).toEqual(['first', 'first']);
    expect(loads).toHaveLength(2);
    loads[1]?.resolve('second');
    await expect.poll(get).toBe('second');
    now = 3500;
    const late = get();
    loads[2]?.resolve('third');
    expect(await late).toBe('third');
  });

  it('are not what they were before something changed, though it was asked for by then', async () => {
    let now = 0;
    const slow = Promise.withResolvers<string>();
    const recent = createRecent<string>(1000, { now: () => now, renew: true });
    await recent.get('a', async () => 'old');
    now = 1500;
    expect(await recent.get('a', () => slow.promise)).toBe('old');
    recent.forget();
    expect(await recent.get('a', async () => 'new')).toBe('new');
    slow.resolve('of before');
    await slow.promise;
    expect(await recent.get('a', async () => 'newer')).toBe('new');
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
