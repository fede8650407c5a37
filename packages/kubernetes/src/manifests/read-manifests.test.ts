import { describe, expect, it } from 'vitest';
import { ManifestError, readManifests } from './read-manifests.ts';

const read = (text: string, most = 10) => readManifests(text, { most });
function refused(text: string, most = 10): { detail: string; line: number | undefined } {
  try {
    read(text, most);
  } catch (error) {
    if (error instanceof ManifestError) return { detail: error.message, line: error.line };
  }
  return { detail: 'taken', line: undefined };
}

describe('manifests', () => {
  it('are read as kubectl reads them', () => {
    const text = 'a: yes\nb: 0644\nc: 2026-11-26\nd: 12:30:45\ne: "no"\nf: ~\n80: x\ng: 1.5\nh: 1e3\n';
    expect(read(text)[0]?.value).toEqual({
      a: true,
      b: 420,
      c: '2026-11-26',
      d: '12:30:45',
      e: 'no',
      f: null,
      80: 'x',
      g: 1.5,
      h: 1000,
    });
  });

  it('may be several, the empty ones left out, each with its line and that of its fields', () => {
    const found = read('# nothing\n---\n---\nkind: A\nspec:\n  items:\n  - x: 1\n  - x: 2\n---\nkind: B\n');
    expect(found.map(({ value, line }) => [value.kind, line])).toEqual([
      ['A', 4],
      ['B', 10],
    ]);
    expect(found[0]?.places.get('.spec.items[1].x')).toBe(8);
    expect(read('')).toEqual([]);
    expect(read('{"kind": "A"}')[0]?.value).toEqual({ kind: 'A' });
  });

  it('that are no objects, or too many, are refused with the line', () => {
    expect(refused('kind: A\n---\n- a\n')).toEqual({
      detail: 'A document is an object with apiVersion and kind.',
      line: 3,
    });
    expect(refused('kind: A\n---\nkind: B\n', 1)).toEqual({ detail: 'One document is taken here.', line: 3 });
    expect(refused('kind: A\n---\nkind: B\n---\nkind: C\n', 2).detail).toBe('It holds more than 2 documents.');
  });

  it.each([
    ['kind: A\nkind: B\n', 'kind stands there twice.', 2],
    ['a:\n  b: 1\n c: 2\n', 'All mapping items must start at the same column.', 3],
    ['a: &x 1\nb: *x\n', 'Aliases (*name) are not taken: write it out.', 2],
    ['a: 1\nb: 12345678901234567890\n', 'This number is too large to be kept as it is written: put it in quotes.', 2],
    ['a: .inf\n', 'Infinity is no number that JSON has.', 1],
    ['a: 1\n__proto__: {x: 1}\n', '__proto__ is no key of a manifest.', 2],
    ['[a, b]: 1\n', 'Keys are plain text.', 1],
  ])('S44, S45 of which two readers make two things are refused: %j', (text, detail, line) => {
    expect(refused(text)).toEqual({ detail, line });
  });

  it('S44 with a tag of their own are refused', () => {
    expect(refused('a: !!js/function "x"\n').detail).toMatch(/tag/i);
    expect(refused('a: !!binary aGk=\n').detail).toMatch(/tag/i);
  });

  it('S44 nested without an end, or larger than an object can be, are refused', () => {
    expect(refused(`a: ${'['.repeat(20_000)}`).detail).toBe('It is nested deeper than 64 levels.');
    expect(refused(`a: ${'['.repeat(80)}${']'.repeat(80)}`).detail).toBe('It is nested deeper than 64 levels.');
    expect(refused(`a: ${'x'.repeat(1024 * 1024)}`).detail).toBe('It is larger than 1 MiB.');
  });
});
