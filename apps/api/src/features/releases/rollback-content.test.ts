import { describe, expect, it } from 'vitest';
import type { Images } from './release-rows.ts';
import { exchangeImages } from './rollback-content.ts';

const image = (reference: string): Images => ({ main: { reference, pinned: false } });
const object = (image: string) => ({
  targetId: 'tgt_1',
  seq: 0,
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'cart',
  sha256: 'before',
  bytes: JSON.stringify({ spec: { args: [image], template: { containers: [{ image, name: 'app' }] } } }),
});

describe('the image of one release over the configuration of another', () => {
  it('changes containers’ images and nothing else, and the hash with them', () => {
    const [changed] = exchangeImages([object('cart:2')], image('cart:2'), image('cart:1'));
    expect(JSON.parse(changed?.bytes ?? '')).toEqual({
      spec: { args: ['cart:2'], template: { containers: [{ image: 'cart:1', name: 'app' }] } },
    });
    expect(changed?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('leaves the stored bytes alone when there is nothing to change', () => {
    const before = object('cart:2');
    expect(exchangeImages([before], image('cart:2'), image('cart:2'))).toEqual([before]);
  });
});
