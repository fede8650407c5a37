import { describe, expect, it } from 'vitest';
import { createMemory } from '../../platform/recent.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import { createStanding } from './standing.ts';

function start() {
  const asked = { records: 0, streams: 0 };
  let tell: (payload: string | undefined) => void = () => {};
  const memory = createMemory();
  const standing = createStanding({
    clusters: {
      async records() {
        asked.records += 1;
        return [{ number: 1 } as ClusterRecord];
      },
    },
    readModel: {
      async streams() {
        asked.streams += 1;
        return [];
      },
    },
    memory,
    listen(_channel, handler) {
      tell = handler;
      return () => {};
    },
  });
  const ask = async (key = 'pods') => {
    await standing.records();
    await standing.streams([1, 2], key);
  };
  return { asked, ask, memory, tell: (payload: string | undefined) => tell(payload) };
}

describe('how clusters stand', () => {
  it('is asked once for all who want to know within a second, by kind', async () => {
    const { asked, ask } = start();
    await Promise.all([ask(), ask(), ask('nodes'), ask()]);
    expect(asked).toEqual({ records: 1, streams: 2 });
  });

  it.each([['{"view":"clusters.index","key":"clu_1"}'], [undefined]])(
    'is asked again after a change of a cluster, and after a gap: %s',
    async (payload) => {
      const { asked, ask, tell } = start();
      await ask();
      tell('{"view":"releases.release","key":"rel_1"}');
      await ask();
      expect(asked).toEqual({ records: 1, streams: 1 });
      tell(payload);
      await ask();
      expect(asked).toEqual({ records: 2, streams: 2 });
    },
  );
});
