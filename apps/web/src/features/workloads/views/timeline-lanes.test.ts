import { describe, expect, it } from 'vitest';
import { lanesOf, narrowed, type TimelineItem } from './timeline-lanes.ts';

const event = (name: string, minute: number, type = 'Normal'): TimelineItem => {
  const at = `2026-11-26T10:${String(minute).padStart(2, '0')}:00.000Z`;
  return {
    id: `${name} ${minute}`,
    kind: 'Pod',
    name,
    type,
    reason: '',
    message: '',
    count: 1,
    firstAt: at,
    lastAt: at,
  };
};
const items = [event('a', 50), event('b', 40, 'Warning'), event('a', 30), event('c', 20, 'Warning')];

describe('a timeline', () => {
  it('has a lane for each object, the newest warnings first', () => {
    expect(lanesOf(items).map(({ name, items: own, warnings }) => [name, own.length, warnings])).toEqual([
      ['b', 1, 1],
      ['c', 1, 1],
      ['a', 2, 0],
    ]);
  });

  it('is narrowed by time, severity and object', () => {
    const from = Date.parse('2026-11-26T10:25:00Z');
    const all = { from: 0, only: 'all', of: undefined } as const;
    expect(narrowed(items, { ...all, from })).toHaveLength(3);
    expect(narrowed(items, { ...all, only: 'warnings' }).map(({ name }) => name)).toEqual(['b', 'c']);
    expect(narrowed(items, { ...all, of: 'Pod/a' })).toHaveLength(2);
  });
});
