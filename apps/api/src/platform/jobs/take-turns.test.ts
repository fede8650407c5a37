import { expect, it } from 'vitest';
import { takeTurns } from './take-turns.ts';

it('at most so many run at once, in the order they came, and a failure makes room', async () => {
  const turn = takeTurns(2);
  const running: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const work = (name: string) =>
    turn(() => {
      running.push(name);
      return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject }));
    });
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(work) as [Promise<void>, Promise<void>, Promise<void>, Promise<void>];
  expect(running).toEqual(['a', 'b']);
  ends.get('b')?.reject(new Error('gone'));
  await expect(b).rejects.toThrow('gone');
  expect(running).toEqual(['a', 'b', 'c']);
  ends.get('a')?.resolve();
  await a;
  const late = work('late');
  expect(running).toEqual(['a', 'b', 'c', 'd']);
  for (const name of ['c', 'd']) ends.get(name)?.resolve();
  await Promise.all([c, d]);
  expect(running.at(-1)).toBe('late');
  ends.get('late')?.resolve();
  await late;
});
