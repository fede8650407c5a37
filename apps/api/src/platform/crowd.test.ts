import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createCrowd, type Place } from './crowd.ts';

describe('a crowd', () => {
  const present = <T>(crowd: { places(): { member: T | undefined }[] }) => crowd.places().map(({ member }) => member);

  it('has whoever entered and has not left, in whatever order they leave', () => {
    const crowd = createCrowd<string>();
    const [a, b, c] = ['a', 'b', 'c'].map(crowd.enter);
    if (a === undefined || b === undefined || c === undefined) throw new Error('nobody entered');
    expect(crowd.leave(a)).toBe(true);
    expect(present(crowd).sort()).toEqual(['b', 'c']);
    expect(crowd.leave(a)).toBe(false);
    const d = crowd.enter('d');
    expect(crowd.leave(c)).toBe(true);
    expect(present(crowd).sort()).toEqual(['b', 'd']);
    expect([crowd.leave(b), crowd.leave(d), crowd.size]).toEqual([true, true, 0]);
  });

  it('shows a member that leaves while others are gone through as gone', () => {
    const crowd = createCrowd<string>();
    const places = ['a', 'b'].map(crowd.enter);
    const seen = crowd.places();
    for (const place of places) crowd.leave(place);
    expect(seen.map(({ member }) => member)).toEqual([undefined, undefined]);
  });

  it('keeps nothing of those who left from the scavenger', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
    const scavenge = () => {
      for (let pass = 0; pass < 3; pass += 1) collect({ type: 'minor' });
      return process.memoryUsage().heapUsed;
    };
    const crowd = createCrowd<{ kept: number[] }>();
    const inside: Place<{ kept: number[] }>[] = [];
    const comeAndGo = (times: number) => {
      for (let time = 0; time < times; time += 1) {
        inside.push(crowd.enter({ kept: new Array<number>(1000).fill(time) }));
        const first = inside.length > 10 ? inside.shift() : undefined;
        if (first !== undefined) crowd.leave(first);
      }
    };
    comeAndGo(20);
    // The crowd itself is old from here on.
    const before = scavenge();
    comeAndGo(2000);
    // They had 16 MB.
    expect(scavenge() - before).toBeLessThan(2e6);
  });
});
