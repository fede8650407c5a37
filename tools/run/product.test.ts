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
    expect(image).toMatch(new RegExp(`NODE_OPTIONS=${productEnvironment('').NODE_OPTIONS}$`, 'm'));
    const places = [...image.matchAll(/\/app\/compiled/g)];
    expect(places.length).toBeGreaterThan(2);
    expect(image).toContain('NODE_COMPILE_CACHE=/app/compiled');
  });
});
