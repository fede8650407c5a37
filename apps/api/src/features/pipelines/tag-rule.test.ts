import { describe, expect, it } from 'vitest';
import { matchesRefs, matchesTag, versionOf, whyTagRuleIsWrong } from './tag-rule.ts';

describe('a tag', () => {
  it.each([
    [{ kind: 'any' }, 'latest', true],
    [{ kind: 'semver' }, 'v1.4.2', true],
    [{ kind: 'semver' }, '1.4.2-rc.1+build', true],
    [{ kind: 'semver' }, '1.4', false],
    [{ kind: 'exact', value: 'main' }, 'main', true],
    [{ kind: 'exact', value: 'main' }, 'main-1', false],
    [{ kind: 'glob', value: 'main-*' }, 'main-b81a4d6f', true],
    [{ kind: 'glob', value: 'main-*' }, 'feature-main-1', false],
    [{ kind: 'glob', value: '*-rc*-*' }, '1.0-rc1-x', true],
    [{ kind: 'glob', value: 'a*a' }, 'a', false],
    [{ kind: 'regex', value: 'v\\d+' }, 'v12', true],
    [{ kind: 'regex', value: 'v\\d+' }, 'xv12', false],
  ] as const)('by the rule %o: %s is %s', (rule, tag, expected) => {
    expect(matchesTag(rule, tag)).toBe(expected);
  });

  it('is matched at once by an expression that other engines take for ever over', () => {
    // A backtracking engine would still be at it when the test times out.
    expect(matchesTag({ kind: 'regex', value: '(a+)+b' }, 'a'.repeat(128))).toBe(false);
  });

  it('has a version, or none', () => {
    expect([versionOf('v1.4.2-rc.1'), versionOf('main')]).toEqual(['1.4.2-rc.1', undefined]);
  });
});

it('a rule that is no expression of RE2 is refused', () => {
  expect(whyTagRuleIsWrong({ kind: 'regex', value: '(' })).toMatch(/RE2/);
  expect(whyTagRuleIsWrong({ kind: 'regex', value: '(?=a)' })).toMatch(/RE2/);
  expect(whyTagRuleIsWrong({ kind: 'regex', value: 'a' })).toBeUndefined();
});

it.each([
  ['main', 'main', true],
  ['main, release/*', 'release/2', true],
  ['main', 'maintenance', false],
  ['', 'main', false],
])('refs %j mean %j: %s', (patterns, ref, expected) => {
  expect(matchesRefs(patterns, ref)).toBe(expected);
});
