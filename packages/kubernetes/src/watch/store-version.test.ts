import { expect, it } from 'vitest';
import { createStoreVersion } from './store-version.ts';

function createStore() {
  const time = { now: 1000 };
  const store = createStoreVersion({ now: () => time.now });
  const asked: string[] = [];
  const ask = (version: string) => async () => {
    asked.push(version);
    return version;
  };
  return { time, store, asked, ask };
}

it('kinds that come back together ask once', async () => {
  const { store, asked, ask } = createStore();
  expect(await Promise.all(['50', '51', '52'].map((version) => store.reached(900, ask(version))))).toEqual([
    '50',
    '50',
    '50',
  ]);
  expect(asked).toEqual(['50']);
});

it('what was told before a watch was lost says nothing of what the store is since', async () => {
  const { time, store, asked, ask } = createStore();
  await store.reached(900, ask('50'));
  time.now = 2000;
  expect(await store.reached(1500, ask('7'))).toBe('7');
  expect(asked).toEqual(['50', '7']);
});

it('nothing is said that is older than half a minute', async () => {
  const { time, store, ask } = createStore();
  await store.reached(900, ask('50'));
  time.now = 31_001;
  expect(await store.reached(900, ask('60'))).toBe('60');
});

it('what one kind is refused is asked anew by the next', async () => {
  const { store, ask } = createStore();
  const refused = store.reached(900, () => Promise.reject(new Error('403')));
  const next = store.reached(900, ask('50'));
  await expect(refused).rejects.toThrow('403');
  expect(await next).toBe('50');
});
