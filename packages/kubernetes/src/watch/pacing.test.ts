import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';
import { createPacing } from './pacing.ts';
import { isOlder } from './versions.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

describe('full syncs', () => {
  const signal = new AbortController().signal;

  it('run four at a time, two of a cluster, the important kinds first', async () => {
    const { clock, settle } = createVirtualClock();
    const pacing = createPacing({ clock });
    const running: string[] = [];
    const leaves = new Map<string, () => void>();
    for (const [cluster, rank] of [
      ['a', 30],
      ['a', 90],
      ['a', 40],
      ['a', 0],
      ['b', 10],
      ['c', 10],
      ['d', 10],
    ] as const) {
      void pacing.fullSync(cluster, rank, signal).then((leave) => {
        running.push(`${cluster}${rank}`);
        leaves.set(`${cluster}${rank}`, leave);
      });
    }
    await settle();
    expect(running).toEqual(['a30', 'a90', 'b10', 'c10']);
    leaves.get('a90')?.();
    leaves.get('a90')?.();
    await settle();
    expect(running.slice(4)).toEqual(['a0']);
    leaves.get('b10')?.();
    leaves.get('a30')?.();
    await settle();
    expect(running.slice(5)).toEqual(['d10', 'a40']);
  });

  it('that are given up while waiting free their place', async () => {
    const { clock, settle } = createVirtualClock();
    const pacing = createPacing({ clock, maxSyncs: 1 });
    const leave = await pacing.fullSync('a', 0, signal);
    const givenUp = new AbortController();
    const waiting = pacing.fullSync('b', 0, givenUp.signal);
    let third = false;
    void pacing.fullSync('c', 0, signal).then(() => {
      third = true;
    });
    givenUp.abort();
    (await waiting)();
    await settle();
    expect(third).toBe(false);
    leave();
    await settle();
    expect(third).toBe(true);
  });
});

describe('starts and waits', () => {
  it('start twenty watches a second', () => {
    const pacing = createPacing({ clock: createVirtualClock().clock });
    const delays = Array.from({ length: 41 }, () => pacing.startDelayMs());
    expect(delays[0]).toBe(0);
    expect(delays[20]).toBe(1000);
    expect(delays[40]).toBe(2000);
  });

  it('double to thirty seconds and begin anew after two healthy minutes', async () => {
    const { clock, advance } = createVirtualClock();
    const backoff = createBackoff(clock);
    expect(Array.from({ length: 8 }, () => backoff.failed())).toEqual([
      800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
    ]);
    backoff.succeeded();
    await advance(119_000);
    expect(backoff.failed()).toBe(30_000);
    backoff.succeeded();
    await advance(120_000);
    expect(backoff.failed()).toBe(800);
    expect(backoff.failed(60_000)).toBe(60_000);
  });

  it('compare versions as numbers of any length, and nothing else', () => {
    expect(isOlder('9', '10')).toBe(true);
    expect(isOlder('18446744073709551616', '18446744073709551617')).toBe(true);
    expect(isOlder('10', '10')).toBe(false);
    expect(isOlder('abc', '10')).toBe(false);
  });
});
