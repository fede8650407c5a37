import { describe, expect, it } from 'vitest';
import { isAllowedFrom } from './token-limits.ts';

describe('networks of a token', () => {
  it('let every address pass when none is named', () => {
    expect(isAllowedFrom('203.0.113.9', null)).toBe(true);
    expect(isAllowedFrom('', null)).toBe(true);
  });

  it.each([
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['11.1.2.3', ['10.0.0.0/8'], false],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['::ffff:11.1.2.3', ['10.0.0.0/8'], false],
    ['2001:db8::7', ['10.0.0.0/8', '2001:db8::/32'], true],
    ['2001:db9::7', ['2001:db8::/32'], false],
    ['10.1.2.3', ['2001:db8::/32'], false],
    ['', ['0.0.0.0/0'], false],
    ['not an address', ['0.0.0.0/0'], false],
  ])('judge %s against %s as %s', (ip, cidrs, allowed) => {
    expect(isAllowedFrom(ip, cidrs)).toBe(allowed);
  });
});
