import { describe, expect, it } from 'vitest';
import { safeReturnTo } from './return-to.ts';

const pages = ['clusters', 'sign-in', 'applications'];

describe('S33 the page that a sign-in returns to', () => {
  it.each([
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%09/evil.example',
    'https:evil.example',
    'https://evil.example/clusters',
    'javascript:alert(1)',
    '/clusters%0d%0aset-cookie:a=b',
    '/clusters\r\nlocation: https://evil.example',
    '/clusters/..%2f..%2fapi',
    '/clusters/../api/v1/me',
    '/./clusters',
    '/api/v1/me',
    '/@evil.example',
    '/clustersevil',
    ' /clusters',
    '/clusters//evil.example',
    'clusters',
    '',
    '/clusters?q=%00',
    `/${'a'.repeat(3000)}`,
    '/clüsters',
  ])('is / for %j', (asked) => {
    expect(safeReturnTo(asked, pages)).toBe('/');
  });

  it.each(['/', '/clusters', '/clusters/bj-1?tab=nodes&q=a%20b', '/applications/shop/cart#log'])(
    'is the page itself for %j',
    (asked) => {
      expect(safeReturnTo(asked, pages)).toBe(asked);
    },
  );

  it('is / where nothing was asked for', () => {
    expect(safeReturnTo(undefined, pages)).toBe('/');
  });
});
