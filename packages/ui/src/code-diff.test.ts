import { describe, expect, it } from 'vitest';
import { ageOf } from './age.tsx';
import { diffLines } from './code-diff.tsx';

describe('diffLines', () => {
  it('shows a changed line as removed and added, and keeps the rest', () => {
    expect(diffLines('a\nb\nc', 'a\nx\nc')).toEqual([
      { kind: 'same', text: 'a' },
      { kind: 'removed', text: 'b' },
      { kind: 'added', text: 'x' },
      { kind: 'same', text: 'c' },
    ]);
  });

  it('finds nothing in equal texts and everything in a new one', () => {
    expect(diffLines('a\nb', 'a\nb').every((line) => line.kind === 'same')).toBe(true);
    expect(diffLines('', 'a\nb').filter((line) => line.kind === 'added')).toHaveLength(2);
  });
});

describe('ageOf', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  it.each([
    ['2026-11-24T11:59:58Z', 'now'],
    ['2026-11-24T11:59:20Z', '40 s ago'],
    ['2026-11-24T11:56:00Z', '4 min ago'],
    ['2026-11-23T12:00:00Z', '24 h ago'],
  ])('%s is %s', (at, text) => expect(ageOf(new Date(at), now)).toBe(text));
});
