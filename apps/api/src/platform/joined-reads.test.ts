import { describe, expect, it } from 'vitest';
import { createJoinedReads } from './joined-reads.ts';

describe('who asks the same in one turn', () => {
  it('shares one question, sent after the last of them asked', async () => {
    const joined = createJoinedReads<number>();
    let stored = 1;
    let asked = 0;
    const read = (key: string) =>
      joined(key, async () => {
        asked += 1;
        return stored;
      });
    const first = read('a');
    stored = 2;
    expect(await Promise.all([first, read('a'), read('b')])).toEqual([2, 2, 2]);
    expect(asked).toBe(2);
    stored = 3;
    expect(await read('a')).toBe(3);
    expect(asked).toBe(3);
  });

  it('shares its failure, and the next asks anew', async () => {
    const joined = createJoinedReads<string>();
    const away = () => Promise.reject(new Error('away'));
    const both = await Promise.allSettled([joined('a', away), joined('a', away)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await joined('a', async () => 'there')).toBe('there');
  });
});
