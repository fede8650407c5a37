import type { Database } from '@quarterdeck/database';
import { describe, expect, it } from 'vitest';
import type { Epoch, RightsStore } from './rights.store.ts';
import { createRightsCache } from './rights-cache.ts';
import type { Terrain } from './terrain.ts';

/** A cache over rows that the test changes, with what it asked for so far. */
function ofRows() {
  const rows = { epoch: '1', places: '1' };
  const asked: string[] = [];
  const held: (() => void)[] = [];
  let holds = false;
  const store = {
    async epoch(): Promise<Epoch> {
      asked.push('epoch');
      const read = { ...rows };
      if (holds) await new Promise<void>((resolve) => held.push(resolve));
      return read;
    },
    async grantsOf() {
      asked.push(`grants of ${rows.epoch}`);
      return [];
    },
    async terrain() {
      asked.push(`terrain of ${rows.places}`);
      return {} as Terrain;
    },
  } as unknown as RightsStore;
  const database = { listen: () => () => {} } as unknown as Database;
  const cache = createRightsCache({ database, store });
  const ask = async () => {
    await Promise.all([cache.ofSubjects(['somebody']), cache.terrain()]);
    return asked.splice(0);
  };
  return {
    ...{ rows, cache, ask },
    hold: () => {
      holds = true;
    },
    letGo: () => {
      holds = false;
      for (const go of held.splice(0)) go();
    },
  };
}

describe('copies of rights', () => {
  it('are kept by a change that was none of rights, and asked for anew after one that was', async () => {
    const { rows, cache, ask } = ofRows();
    expect(await ask()).toEqual(['epoch', 'grants of 1', 'terrain of 1']);
    expect(await ask()).toEqual([]);
    cache.doubt();
    expect(await ask()).toEqual(['epoch']);
    Object.assign(rows, { epoch: '2' });
    cache.doubt();
    expect(await ask()).toEqual(['epoch', 'grants of 2']);
    Object.assign(rows, { epoch: '3', places: '2' });
    cache.doubt();
    expect(await ask()).toEqual(['epoch', 'grants of 3', 'terrain of 2']);
  });

  it('are not trusted by a look that began before the change was committed', async () => {
    const { rows, cache, ask, hold, letGo } = ofRows();
    await ask();
    hold();
    cache.doubt();
    const before = ask();
    Object.assign(rows, { epoch: '2' });
    cache.doubt();
    const after = ask();
    letGo();
    const seen = (await Promise.all([before, after])).flat();
    expect(seen).toContain('grants of 2');
    expect(await ask()).toEqual([]);
  });
});
