import type { TagRule } from '@quarterdeck/contracts';
import { RE2JS } from 're2js';

const semver = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Whether an image's tag is one that the trigger means. */
export function matchesTag(rule: TagRule, tag: string): boolean {
  switch (rule.kind) {
    case 'any':
      return true;
    case 'semver':
      return semver.test(tag);
    case 'exact':
      return tag === rule.value;
    case 'glob':
      return matchesGlob(rule.value, tag);
    case 'regex':
      return compile(rule.value)?.matches(tag) === true;
  }
}

/** Why a rule cannot be used; `undefined` when it can. */
export function whyTagRuleIsWrong(rule: TagRule): string | undefined {
  if (rule.kind !== 'regex' || compile(rule.value) !== undefined) return undefined;
  return 'This is not a regular expression of RE2, such as v\\d+\\.\\d+\\.\\d+.';
}

/** The version in a tag, without its `v`; `undefined` when it is none. */
export function versionOf(tag: string): string | undefined {
  return semver.test(tag) ? tag.replace(/^v/, '') : undefined;
}

/** Patterns with `*` for any text, several with commas. */
export function matchesRefs(patterns: string, ref: string): boolean {
  return patterns
    .split(',')
    .map((pattern) => pattern.trim())
    .some((pattern) => pattern !== '' && matchesGlob(pattern, ref));
}

/** In a time that grows with the lengths alone, whatever the pattern. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - from >= last.length && text.endsWith(last);
}

/** RE2 runs in linear time: what a person types cannot hold us up. */
function compile(pattern: string): { matches(text: string): boolean } | undefined {
  try {
    const compiled = RE2JS.compile(pattern);
    return { matches: (text) => compiled.matches(text) };
  } catch {
    return undefined;
  }
}
