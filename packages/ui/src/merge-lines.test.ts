import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedText, mergeLines } from './merge-lines.ts';

const base = 'kind: Deployment\nspec:\n  replicas: 2\n  image: a\n  host: x\n  paused: false\n';

describe('two changes of one text', () => {
  it('come together where each changed other lines', () => {
    const yours = base.replace('replicas: 2', 'replicas: 3');
    const theirs = base.replace('paused: false', 'paused: true\n  more: 1');
    const parts = mergeLines(base, yours, theirs);
    expect(parts.map(({ kind }) => kind)).toEqual(['agreed']);
    expect(mergedText(parts, () => 'yours')).toBe(
      'kind: Deployment\nspec:\n  replicas: 3\n  image: a\n  host: x\n  paused: true\n  more: 1\n',
    );
  });

  it('are asked about where both changed the same lines, and not where both did the same', () => {
    const yours = base.replace('replicas: 2', 'replicas: 3').replace('image: a', 'image: b');
    const theirs = base.replace('replicas: 2', 'replicas: 4').replace('paused: false', 'paused: true');
    const parts = mergeLines(base, yours, theirs);
    expect(parts.filter(({ kind }) => kind === 'conflict')).toEqual([
      { kind: 'conflict', yours: ['  replicas: 3', '  image: b'], theirs: ['  replicas: 4', '  image: a'] },
    ]);
    expect(mergedText(parts, () => 'theirs')).toBe(theirs);
    expect(mergeLines(base, theirs, theirs)).toEqual([{ kind: 'agreed', lines: theirs.split('\n') }]);
  });

  it('lose nothing: a side that did nothing gives way, and lines that are gone stay gone', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((words) => words.join('\n'));
    fc.assert(
      fc.property(lines, lines, lines, (was, yours, theirs) => {
        const text = (y: string, t: string, side: 'yours' | 'theirs') => mergedText(mergeLines(was, y, t), () => side);
        expect(text(was, theirs, 'yours')).toBe(theirs);
        expect(text(yours, was, 'theirs')).toBe(yours);
        expect(text(yours, yours, 'theirs')).toBe(yours);
        const conflicts = mergeLines(was, yours, theirs).filter(({ kind }) => kind === 'conflict');
        if (conflicts.length === 0) expect(text(yours, theirs, 'yours')).toBe(text(yours, theirs, 'theirs'));
      }),
    );
  });
});
