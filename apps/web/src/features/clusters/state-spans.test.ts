import { describe, expect, it } from 'vitest';
import { spansOf } from './state-spans.ts';

const span = { from: Date.parse('2026-11-25T10:00:00Z'), to: Date.parse('2026-11-25T11:00:00Z') };
const at = (clock: string) => `2026-11-25T${clock}:00.000Z`;

describe('states over time', () => {
  it('reach from one change to the next, the last until now, cut to what is looked at', () => {
    const spans = spansOf(
      [
        { state: 'connected', at: at('08:00') },
        { state: 'unreachable', reason: 'no answer', at: at('10:20') },
        { state: 'connected', at: at('10:30') },
      ],
      span,
    );
    expect(spans.map(({ state, from, to, isOpen }) => [state, (to - from) / 60_000, isOpen])).toEqual([
      ['connected', 20, false],
      ['unreachable', 10, false],
      ['connected', 30, true],
    ]);
    expect(spans[1]?.reason).toBe('no answer');
  });
});
