import { describe, expect, it } from 'vitest';
import { checkRegistries } from './check-registries.ts';

const project = { slug: 'shop', registries: ['registry.example.com/shop', 'docker.io/library'] };
const check = (reference: string) => () => checkRegistries(project, { main: { reference } });

describe('registries of a project', () => {
  it('allow what lies below them, with tag or digest, and Docker Hub by its short names', () => {
    expect(check('registry.example.com/shop/cart:1.2')).not.toThrow();
    expect(check(`registry.example.com/shop@sha256:${'0'.repeat(64)}`)).not.toThrow();
    expect(check('nginx:1.27')).not.toThrow();
    expect(() =>
      checkRegistries({ slug: 'any', registries: [] }, { main: { reference: 'anything/at:all' } }),
    ).not.toThrow();
  });

  it('S24 refuse a neighbour, another host, and a host that only looks like it', () => {
    for (const reference of [
      'registry.example.com/shopping/cart:1',
      'registry.example.com/bank/cart:1',
      'registry.example.com.evil.test/shop/cart:1',
      'evil.test/registry.example.com/shop/cart:1',
      'registry.example.com:5000/shop/cart:1',
      'grafana/grafana:11',
    ]) {
      expect(check(reference), reference).toThrow(expect.objectContaining({ status: 403, code: 'image_not_allowed' }));
    }
  });
});
