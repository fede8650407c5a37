import { describe, expect, it } from 'vitest';
import { inOrder } from './pod-logs.tsx';

describe('lines of several pods', () => {
  it('come in the order of their times; a line without one stays after the one before it', () => {
    const rows = [
      { at: '2026-11-25T12:00:01.000Z', text: 'a1' },
      { text: 'a1 goes on' },
      { at: '2026-11-25T12:00:03.000Z', text: 'a3' },
      { at: '2026-11-25T12:00:02.000Z', text: 'b2' },
      { at: '2026-11-25T12:00:01.000Z', text: 'b1' },
    ];
    expect(inOrder(rows).map(({ text }) => text)).toEqual(['a1', 'a1 goes on', 'b1', 'b2', 'a3']);
  });
});
