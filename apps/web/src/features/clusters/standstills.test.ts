import { describe, expect, it } from 'vitest';
import { standstillsOf } from './standstills.ts';

const at = (clock: string) => `2026-11-25T${clock}.000Z`;
const stale = (kind: string, beganAt: string, endedAt?: string, error = 'reset') => ({
  kind,
  state: 'stale' as const,
  error,
  beganAt: at(beganAt),
  ...(endedAt === undefined ? {} : { endedAt: at(endedAt) }),
});

describe('watches that stood still', () => {
  it('together and for one reason are told once, from the first to the last', () => {
    const told = standstillsOf([
      stale('pods', '10:00:05', '10:03:00'),
      stale('jobs', '10:00:01', '10:03:20'),
      stale('nodes', '10:00:02'),
      stale('secrets', '10:00:02', '10:03:00', 'refused'),
      stale('pods', '08:00:00', '08:01:00'),
    ]);
    expect(told.map(({ kinds, beganAt, endedAt }) => [kinds.join(), beganAt, endedAt])).toEqual([
      ['pods,jobs', at('10:00:01'), at('10:03:20')],
      ['nodes', at('10:00:02'), undefined],
      ['secrets', at('10:00:02'), at('10:03:00')],
      ['pods', at('08:00:00'), at('08:01:00')],
    ]);
  });
});
