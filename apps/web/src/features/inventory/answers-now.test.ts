import type { Cluster, ClusterAnswer } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { answersNow } from './answers-now.ts';

const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:05:00.000Z'];
const answer = (state: ClusterAnswer['state'], asOf?: string) =>
  ({ id: 'clu_1', slug: 'alpha', name: 'Alpha', state, asOf }) as ClusterAnswer;
const fleet = (asOf: string) => [{ id: 'clu_1', asOf } as Cluster];

describe('the age of an answer that stays on screen', () => {
  it('moves on with the probes of its cluster while its watch is open', () => {
    expect(answersNow([answer('live', early)], fleet(late))).toMatchObject([{ asOf: late }]);
    expect(answersNow([answer('live', late)], fleet(early))).toMatchObject([{ asOf: late }]);
  });

  it('stands where the cluster is away or the kind was lost', () => {
    expect(answersNow([answer('cut_off', early), answer('stale', early)], fleet(late))).toMatchObject([
      { asOf: early },
      { asOf: early },
    ]);
  });

  it('is what it was given with, while the fleet is not known', () => {
    expect(answersNow([answer('live', early)], undefined)).toMatchObject([{ asOf: early }]);
    expect(answersNow(undefined, fleet(late))).toBeUndefined();
  });
});
