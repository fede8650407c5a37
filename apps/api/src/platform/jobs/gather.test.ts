import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

/** A question that is answered by hand, each key with its length. */
function byHand() {
  const asked: string[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const question = async (keys: readonly string[]) => {
    asked.push([...keys]);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return keys.map((key) => key.length);
  };
  /** Resolves when so many questions were asked. */
  const until = async (count: number) => {
    while (asked.length < count) await new Promise(setImmediate);
    return gates[count - 1] as PromiseWithResolvers<void>;
  };
  return { asked, question, until };
}

describe('many who ask', () => {
  it('are one question, and those who come meanwhile are the next', async () => {
    const { asked, question, until } = byHand();
    const lengthOf = gather(question);
    const first = [lengthOf('a'), lengthOf('bb'), lengthOf('a')];
    (await until(1).then((gate) => [gate, lengthOf('ccc'), lengthOf('a')] as const))[0].resolve();
    expect(await Promise.all(first)).toEqual([1, 2, 1]);
    (await until(2)).resolve();
    expect(asked).toEqual([
      ['a', 'bb'],
      ['ccc', 'a'],
    ]);
  });

  it('do not wait for those of another lane', async () => {
    const { asked, question, until } = byHand();
    const lengthOf = gather(question, { lane: (key) => key.slice(0, 1) });
    const slow = lengthOf('slow');
    await until(1);
    const quick = lengthOf('quick');
    (await until(2)).resolve();
    expect(await quick).toBe(5);
    (await until(1)).resolve();
    expect([await slow, asked]).toEqual([4, [['slow'], ['quick']]]);
  });

  it('hear of a failure, and the next are asked again', async () => {
    let tries = 0;
    const twice = gather(async (keys: readonly number[]) => {
      tries += 1;
      if (tries === 1) throw new Error('away');
      return keys.map((key) => key * 2);
    });
    await expect(Promise.all([twice(1), twice(2)])).rejects.toThrow('away');
    expect(await twice(3)).toBe(6);
  });

  it('are no more than the most at once', async () => {
    const sizes: number[] = [];
    const same = gather(
      async (keys: readonly number[]) => {
        sizes.push(keys.length);
        return keys;
      },
      { most: 2 },
    );
    expect(await Promise.all([1, 2, 3, 4, 5].map(same))).toEqual([1, 2, 3, 4, 5]);
    expect(sizes).toEqual([2, 2, 1]);
  });
});
