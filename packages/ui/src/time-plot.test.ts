import { describe, expect, it } from 'vitest';
import { placeOf, ticksOf } from './time-axis.tsx';
import { runsOf, topOf } from './time-plot.tsx';

const minute = 60_000;
const at = Date.parse('2026-11-25T10:07:00Z');

describe('a plot over time', () => {
  it('breaks where a slot has no value, and where a slot is missing', () => {
    const slots = [0, 10, 20, 30, 50].map((m) => ({ at: at + m * minute, value: m === 20 ? undefined : 5 }));
    expect(runsOf(slots, 10 * minute).map((run) => run.map((point) => (point.at - at) / minute))).toEqual([
      [0, 10],
      [30],
      [50],
    ]);
  });

  it.each([
    [[], 1],
    [[0], 1],
    [[3], 5],
    [[12, 7], 20],
    [[501], 1000],
    [[0.3], 0.5],
  ])('has a round top above %j', (values, top) => expect(topOf(values)).toBeCloseTo(top));

  it('has round times below it, few enough to be read', () => {
    const day = { from: at, to: at + 24 * 60 * minute };
    const ticks = ticksOf(day);
    expect(ticks.length).toBeLessThanOrEqual(9);
    expect(ticks.map((tick) => new Date(tick).toISOString().slice(11, 16))).toEqual([
      '12:00',
      '15:00',
      '18:00',
      '21:00',
      '00:00',
      '03:00',
      '06:00',
      '09:00',
    ]);
  });

  it('has times below a few minutes, too', () => {
    const ticks = ticksOf({ from: at, to: at + 10 * minute });
    expect(ticks.map((tick) => new Date(tick).toISOString().slice(11, 16))).toEqual([
      '10:08',
      '10:10',
      '10:12',
      '10:14',
      '10:16',
    ]);
  });

  it('keeps what began earlier or ends later within its edges', () => {
    expect(placeOf(at - minute, { from: at, to: at + minute })).toBe(0);
    expect(placeOf(at + 9 * minute, { from: at, to: at + minute })).toBe(1);
  });
});
