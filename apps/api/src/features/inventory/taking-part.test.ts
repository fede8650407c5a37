import type { ClusterAnswer } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { createTakingPart } from './taking-part.ts';

const answer = (state: ClusterAnswer['state'], asOf: string) =>
  ({ id: 'clu_1', slug: 'alpha', name: 'Alpha', state, asOf }) as ClusterAnswer;

describe('who takes part in a live view', () => {
  it('is told at the start and when more than an age is new', async () => {
    const sent: ClusterAnswer['state'][] = [];
    let now = answer('live', '2026-01-01T00:00:00Z');
    const tell = createTakingPart({
      read: async () => [now],
      send: (clusters) => sent.push(...clusters.map(({ state }) => state)) > 0,
    });
    await tell();
    now = answer('live', '2026-01-01T00:00:05Z');
    await tell();
    expect(sent).toEqual(['live']);
    now = answer('cut_off', '2026-01-01T00:00:05Z');
    await tell();
    expect(sent).toEqual(['live', 'cut_off']);
  });

  it('is told again where the reader could not take it', async () => {
    let takes = false;
    let told = 0;
    const tell = createTakingPart({
      read: async () => [answer('live', '2026-01-01T00:00:00Z')],
      send: () => {
        told += 1;
        return takes;
      },
    });
    await tell();
    takes = true;
    await tell();
    await tell();
    expect(told).toBe(2);
  });
});
