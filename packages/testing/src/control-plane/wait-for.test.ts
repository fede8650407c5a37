import { expect, test } from 'vitest';
import { waitFor } from './wait-for.ts';

test('the first answer that is truthy is returned, whatever came before', async () => {
  const answers = [() => undefined, () => Promise.reject(new Error('not yet')), () => 'here'];
  expect(await waitFor('it', () => answers.shift()?.(), { everyMs: 0 })).toBe('here');
});

test('who waited in vain is told for what, and what was said last', async () => {
  await expect(waitFor('three rows', () => 0, { timeoutMs: 0 })).rejects.toThrow(
    'waited 0 ms in vain for three rows; last: 0',
  );
  const cause = new Error('no row at all');
  const waiting = waitFor('three rows', () => Promise.reject(cause), { timeoutMs: 0 });
  await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('last: no row at all'), cause });
});
