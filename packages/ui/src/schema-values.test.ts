import { describe, expect, it } from 'vitest';
import { differs, type FormSchema, isShown, leavesOf, pointerOf, withValue } from './schema-values.ts';

const schema: FormSchema = {
  properties: {
    port: { type: 'integer' },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    probe: { properties: { path: { type: 'string' } } },
  },
};

describe('the fields of a form', () => {
  it('are the leaves of its schema; a map is one field', () => {
    expect(leavesOf(schema).map(({ path }) => path.join('.'))).toEqual(['port', 'env', 'probe.path']);
  });

  it('set and take back one value, without an empty shell around it', () => {
    const set = withValue({ port: 1 }, ['probe', 'path'], '/a');
    expect(set).toEqual({ port: 1, probe: { path: '/a' } });
    expect(withValue(set, ['probe', 'path'], undefined)).toEqual({ port: 1 });
    expect(withValue({ probe: { path: '/a', live: '/b' } }, ['probe', 'path'], undefined)).toEqual({
      probe: { live: '/b' },
    });
  });

  it.each([
    ['queue.kind', 'kafka', true],
    ['queue.kind', '', false],
    ['queue.kind != none', 'kafka', true],
    ['queue.kind != none', 'none', false],
    ['queue.kind = none', 'none', true],
    ['queue.kind = none', undefined, false],
  ])('show themselves by %s when it is %j: %s', (showIf, value, shown) => {
    expect(isShown({ path: ['x'], schema: { 'x-ui': { showIf } } }, () => value)).toBe(shown);
  });

  it.each([
    [undefined, 8080, false],
    [8080, 8080, false],
    [{ A: '1' }, { A: '1' }, false],
    [0, undefined, true],
    [9090, 8080, true],
  ])('%j over %j is a value of its own: %s', (given, inherited, own) => {
    expect(differs(given, inherited)).toBe(own);
  });

  it('have pointers with their keys escaped', () => {
    expect(pointerOf(['a/b', 'c~d'])).toBe('/a~1b/c~0d');
  });
});
