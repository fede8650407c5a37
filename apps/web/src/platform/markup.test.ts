import { describe, expect, it } from 'vitest';
import { asMarkup, asScriptUrl } from './markup.ts';

const origin = 'https://portal.example.com';

describe('S36 what the browser may take for markup or a script', () => {
  it.each(['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', '<svg/onload=alert(4)>', 'a<b'])(
    'is not %s',
    (text) => expect(() => asMarkup(text)).toThrow('Markup is not taken.'),
  );

  it('is text without markup, as it is', () => expect(asMarkup('cart & co > 3')).toBe('cart & co > 3'));

  it.each([
    'javascript:alert(1)',
    'data:text/javascript,alert(1)',
    'blob:https://portal.example.com/assets/x',
    'https://evil.example/assets/x.js',
    '//evil.example/assets/x.js',
    '/assets/../api/v1/audit/export',
    '/api/v1/clusters',
  ])('is not %s', (url) => expect(() => asScriptUrl(url, origin)).toThrow('Only own scripts.'));

  it('is a script we built', () => expect(asScriptUrl('/assets/a.js', origin)).toBe('/assets/a.js'));
});
