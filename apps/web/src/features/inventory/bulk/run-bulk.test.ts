import { describe, expect, it } from 'vitest';
import { type Outcome, runBulk } from './run-bulk.ts';

function setUp(act: (item: string) => Promise<void>, stop = new AbortController()) {
  const outcomes = new Map<string, Outcome>();
  const run = runBulk({
    items: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    keyOf: (item) => item,
    act,
    whyOf: (error) => String(error),
    onOutcome: (key, outcome) => outcomes.set(key, outcome),
    signal: stop.signal,
  });
  return { run, outcomes };
}

describe('many at once', () => {
  it('goes on past one that fails, and says why it did', async () => {
    const { run, outcomes } = setUp(async (item) => {
      if (item === 'b') throw new Error('no');
    });
    await run;
    expect(outcomes.get('b')).toEqual({ state: 'failed', why: 'Error: no' });
    expect([...outcomes.values()].filter(({ state }) => state === 'ok')).toHaveLength(6);
  });

  it('keeps four under way and no more', async () => {
    let open = 0;
    let most = 0;
    const { run } = setUp(async () => {
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      open -= 1;
    });
    await run;
    expect(most).toBe(4);
  });

  it('stopped, ends what is under way and begins nothing more', async () => {
    const stop = new AbortController();
    const { run, outcomes } = setUp(async (item) => {
      await Promise.resolve();
      if (item === 'a') stop.abort();
    }, stop);
    await run;
    expect(['a', 'b', 'c', 'd'].map((item) => outcomes.get(item)?.state)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(['e', 'f', 'g'].map((item) => outcomes.get(item)?.state)).toEqual(['skipped', 'skipped', 'skipped']);
  });
});
