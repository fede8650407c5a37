import { describe, expect, it } from 'vitest';
import { diffLines } from './diff-lines.ts';

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
    expect(diffLines('', 'a\nb').map(({ kind }) => kind)).toEqual(['added', 'added']);
    expect(diffLines('a', '')).toEqual([{ kind: 'removed', text: 'a' }]);
  });
});
