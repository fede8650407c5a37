import { describe, expect, it } from 'vitest';
import { chordOf } from './chords.ts';

const targets = { h: '/', c: '/clusters' };

describe('g and a letter', () => {
  it('lead to a page', () => {
    expect(chordOf('g', false, targets)).toEqual({ to: undefined, waits: true });
    expect(chordOf('c', true, targets)).toEqual({ to: '/clusters', waits: false });
  });

  it('lead nowhere without g before, nor by a letter that means nothing', () => {
    expect(chordOf('c', false, targets)).toEqual({ to: undefined, waits: false });
    expect(chordOf('q', true, targets)).toEqual({ to: undefined, waits: false });
    expect(chordOf('constructor', true, targets)).toEqual({ to: undefined, waits: false });
  });
});
