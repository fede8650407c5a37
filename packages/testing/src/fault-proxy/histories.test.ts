import { describe, expect, it } from 'vitest';
import { runHistories, seedsOf } from './histories.ts';
import { createRandom } from './random.ts';

describe('F28 a history that fails', () => {
  const live = async ({ seed, random, note }: Parameters<Parameters<typeof runHistories>[0]['live']>[0]) => {
    note(`rolled ${random.below(1000)}`);
    if (seed === 3) throw new Error('a row is missing');
  };

  it('names its seed, its steps and how to see it again', async () => {
    const rolled = createRandom(3).below(1000);
    await expect(runHistories({ seeds: 5, live })).rejects.toThrow(
      `seed 3: a row is missing\nagain: QUARTERDECK_FAULT_SEED=3\n  rolled ${rolled}`,
    );
  });

  it('is lived alone again by its seed', () => {
    expect(seedsOf(1000, '3')).toEqual([3]);
    expect(seedsOf([7, 9], undefined)).toEqual([7, 9]);
    expect(seedsOf(2, '')).toEqual([1, 2]);
    expect(() => seedsOf(2, 'three')).toThrow('no whole number');
  });

  it('repeats chance exactly', () => {
    const [one, two] = [createRandom(42), createRandom(42)];
    const rolls = (random: typeof one) => [random(), random.below(10), random.pick(['a', 'b', 'c'])];
    expect(rolls(one)).toEqual(rolls(two));
    expect(createRandom(1)()).not.toBe(createRandom(2)());
  });
});
