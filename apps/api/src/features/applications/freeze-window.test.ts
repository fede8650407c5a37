import { describe, expect, it } from 'vitest';
import { type FreezeWindow, frozenAt } from './freeze-window.ts';

const at = (text: string) => Date.parse(text);
const window = (recurrence: FreezeWindow['recurrence'], name = 'freeze'): FreezeWindow => ({
  name,
  recurrence,
  holdsRollbacks: false,
});
const weekend = window({ kind: 'weekly', days: [5], from: '18:00', to: '08:00', zone: 'Europe/Berlin' });
const until = (windows: FreezeWindow[], now: string) => {
  const frozen = frozenAt(windows, at(now));
  return frozen === undefined ? undefined : new Date(frozen.until).toISOString();
};

describe('a freeze window', () => {
  it('that is held once holds from its first to its last moment', () => {
    const once = window({ kind: 'once', from: '2026-12-20T00:00:00+01:00', to: '2027-01-03T00:00:00+01:00' });
    expect(until([once], '2026-12-19T22:59:59Z')).toBeUndefined();
    expect(until([once], '2026-12-19T23:00:00Z')).toBe('2027-01-02T23:00:00.000Z');
    expect(until([once], '2027-01-02T23:00:00Z')).toBeUndefined();
  });

  it('of each week goes by the clock of its zone, over midnight too', () => {
    expect(until([weekend], '2026-11-27T16:59:00Z')).toBeUndefined();
    expect(until([weekend], '2026-11-27T17:00:00Z')).toBe('2026-11-28T07:00:00.000Z');
    expect(until([weekend], '2026-11-28T06:59:30Z')).toBe('2026-11-28T07:00:00.000Z');
    expect(until([weekend], '2026-11-28T07:00:00Z')).toBeUndefined();
  });

  it('of the night in which the clock is put back ends by the new time', () => {
    const saturday = window({ kind: 'weekly', days: [6], from: '22:00', to: '06:00', zone: 'Europe/Berlin' });
    expect(until([saturday], '2026-10-24T21:00:00Z')).toBe('2026-10-25T05:00:00.000Z');
    expect(until([saturday], '2026-03-28T22:00:00Z')).toBe('2026-03-29T04:00:00.000Z');
  });

  it('gives way to the one that holds longer', () => {
    const noon = window({ kind: 'weekly', days: [1, 2, 3, 4, 5], from: '00:00', to: '00:00', zone: 'UTC' }, 'all day');
    expect(frozenAt([weekend, noon], at('2026-11-27T18:00:00Z'))?.name).toBe('freeze');
    expect(frozenAt([weekend, noon], at('2026-11-26T18:00:00Z'))?.name).toBe('all day');
  });
});
