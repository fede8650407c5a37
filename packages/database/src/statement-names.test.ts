import { describe, expect, it } from 'vitest';
import { createStatementNames } from './statement-names.ts';

describe('names of statements', () => {
  it('are given to those that are asked again and again, each its own', () => {
    const names = createStatementNames('list', 200);
    expect([1, 2, 3].map(() => names.of('SELECT 1'))).toEqual([undefined, undefined, undefined]);
    expect(names.of('SELECT 1')).toBe('list_0');
    for (let time = 0; time < 3; time += 1) names.of('SELECT 2');
    expect(names.of('SELECT 2')).toBe('list_1');
    expect(names.of('SELECT 1')).toBe('list_0');
  });

  it('are so many and no more', () => {
    const names = createStatementNames('list', 2);
    for (const text of ['a', 'b', 'c']) for (let time = 0; time < 3; time += 1) names.of(text);
    expect(['a', 'b', 'c'].map((text) => names.of(text))).toEqual(['list_0', 'list_1', undefined]);
  });
});
