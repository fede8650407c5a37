import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';
import { createPacing } from './pacing.ts';
import { isOlder } from './versions.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

const signal = new AbortController().signal;

describe('large syncs', () => {
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
      void pacing.fullSync(cluster, rank, 'large', signal).then(({ leave }) => {
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

  it('bring one cluster to its pods before they go through the small kinds of all', async () => {
    const { clock, settle } = createVirtualClock();
    const pacing = createPacing({ clock, maxSyncs: 1 });
    const order: string[] = [];
    const first = await pacing.fullSync('first', 0, 'large', signal);
    const ranks = [0, 10, 30, 90];
    for (const cluster of ['a', 'b', 'c'])
      for (const rank of ranks) {
        void pacing.fullSync(cluster, rank, 'large', signal).then(({ leave }) => {
          order.push(`${cluster}${rank}`);
          leave();
        });
      }
    first.leave();
    await settle();
    expect(order.slice(0, 5)).toEqual(['a0', 'a10', 'b0', 'a30', 'b10']);
    expect(order.at(-1)).toBe('c90');
    // Who comes again stands behind those that wait, not before them as the first there ever was.
    const held = await pacing.fullSync('x', 0, 'large', signal);
    for (const cluster of ['b', 'a'])
      void pacing.fullSync(cluster, 30, 'large', signal).then(() => order.push(`again ${cluster}`));
    held.leave();
    await settle();
    expect(order.at(-1)).toBe('again b');
  });

  it('that are given up while waiting free their place', async () => {
    const { clock, settle } = createVirtualClock();
    const pacing = createPacing({ clock, maxSyncs: 1 });
    const first = await pacing.fullSync('a', 0, 'large', signal);
    const givenUp = new AbortController();
    const waiting = pacing.fullSync('b', 0, 'large', givenUp.signal);
    let third = false;
    void pacing.fullSync('c', 0, 'large', signal).then(() => {
      third = true;
    });
    givenUp.abort();
    (await waiting).leave();
    await settle();
    expect(third).toBe(false);
    first.leave();
    await settle();
    expect(third).toBe(true);
  });
});

describe('small syncs', () => {
  it('run beside the large ones, sixteen at a time and four of a cluster', async () => {
    const { clock, settle } = createVirtualClock();
    const pacing = createPacing({ clock });
    for (const cluster of ['x', 'y', 'z', 'w']) void pacing.fullSync(cluster, 0, 'large', signal);
    let running = 0;
    const take = (cluster: string) =>
      void pacing.fullSync(cluster, 0, 'small', signal).then(() => {
        running += 1;
      });
    for (let index = 0; index < 10; index += 1) take('one');
    await settle();
    expect(running).toBe(4);
    for (let index = 0; index < 30; index += 1) take(`c${index}`);
    await settle();
    expect(running).toBe(16);
  });

  it('that turn out to be large go on where a place for it is free, and pass nobody by who waits for one', async () => {
    const { clock, settle } = createVirtualClock();
    const pacing = createPacing({ clock, maxSyncs: 2 });
    const small = (cluster: string) => pacing.fullSync(cluster, 0, 'small', signal);
    const [a, b, c] = [await small('a'), await small('b'), await small('c')];
    expect([a.grow(), b.grow(), c.grow()]).toEqual([true, true, false]);
    expect(a.grow()).toBe(true);
    let waited: (() => void) | undefined;
    void pacing.fullSync('d', 0, 'large', signal).then(({ leave }) => {
      waited = leave;
    });
    await settle();
    expect(waited).toBeUndefined();
    a.leave();
    await settle();
    expect(waited).toBeDefined();
    expect(c.grow()).toBe(false);
    b.leave();
    expect(c.grow()).toBe(true);
  });
});

describe('starts and waits', () => {
  it('start two hundred watches in any second, and twenty of a cluster', async () => {
    const { clock, advance } = createVirtualClock();
    const pacing = createPacing({ clock });
    const started: { cluster: string; at: number }[] = [];
    const clusters = Array.from({ length: 20 }, (_, index) => `c${index}`);
    for (const cluster of clusters)
      for (let index = 0; index < 25; index += 1) {
        void pacing.start(cluster, 0, signal).then(() => started.push({ cluster, at: clock.now() }));
      }
    await advance(5000);
    expect(started).toHaveLength(500);
    const limits = [{ of: started, most: 200 }, ...clusters.map((name) => ({ of: ofCluster(name), most: 20 }))];
    for (const { of, most } of limits) {
      for (const [index, { at }] of of.slice(most).entries())
        expect(at - (of[index]?.at ?? 0)).toBeGreaterThanOrEqual(1000);
    }
    // Five of each are over what a cluster may have in a second; all the others need two and a half.
    expect(started.at(-1)?.at).toBeLessThanOrEqual(3000);
    function ofCluster(name: string) {
      return started.filter(({ cluster }) => cluster === name);
    }
  });

  it('start twenty lists in any second', async () => {
    const { clock, advance } = createVirtualClock();
    const pacing = createPacing({ clock });
    const at: number[] = [];
    for (let index = 0; index < 50; index += 1)
      void pacing.list(`c${index}`, 0, signal).then(() => at.push(clock.now()));
    await advance(5000);
    expect(at).toHaveLength(50);
    expect(at.filter((time) => time < 1000)).toHaveLength(20);
    for (const [index, time] of at.slice(20).entries()) expect(time - (at[index] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('start the important kinds first, and pass nobody by for long', async () => {
    const { clock, advance } = createVirtualClock();
    const pacing = createPacing({ clock, startsPerSecond: 1 });
    const order: string[] = [];
    const start = (name: string, rank: number) => void pacing.start('c', rank, signal).then(() => order.push(name));
    start('first', 90);
    start('events', 90);
    start('pods', 20);
    await advance(3000);
    expect(order).toEqual(['first', 'pods', 'events']);
    start('late events', 90);
    for (let second = 0; second < 20; second += 1) {
      start(`namespaces ${second}`, 0);
      await advance(1000);
    }
    expect(order).toContain('late events');
  });

  it('that are given up while waiting free their place', async () => {
    const { clock, advance, pending } = createVirtualClock();
    const pacing = createPacing({ clock, startsPerSecond: 1 });
    await pacing.start('c', 0, signal);
    const givenUp = new AbortController();
    const waiting = pacing.start('c', 0, givenUp.signal);
    let third: number | undefined;
    void pacing.start('c', 0, signal).then(() => {
      third = clock.now();
    });
    givenUp.abort();
    await waiting;
    expect(third).toBeUndefined();
    await advance(1000);
    expect(third).toBe(1000);
    expect(pending()).toBe(0);
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
