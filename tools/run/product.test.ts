import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { productEnvironment } from './product.mjs';

describe('how the product runs', () => {
  it('leaves the last word to whoever starts it', () => {
    expect(productEnvironment('--max-semi-space-size=32').NODE_OPTIONS).toMatch(
      /^--max-semi-space-size=\d+ --max-semi-space-size=32$/,
    );
  });

  it('is the same in its image', async () => {
    const image = await readFile(new URL('../../deploy/Dockerfile', import.meta.url), 'utf8');
    const said = { ...productEnvironment(''), NODE_COMPILE_CACHE: '/app/compiled' };
    for (const [name, value] of Object.entries(said))
      expect(image).toMatch(new RegExp(`\\b${name}=${value}( |$)`, 'm'));
    expect([...image.matchAll(/\/app\/compiled/g)].length).toBeGreaterThan(2);
  });
});
