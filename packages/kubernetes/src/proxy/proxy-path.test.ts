import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProxyTarget, parseProxyPath, proxyPathOf } from './proxy-path.ts';

const pods = { kind: 'object', group: '', version: 'v1', resource: 'pods' } as const;

describe('a path of the Kubernetes API', () => {
  it.each<[string, ProxyTarget]>([
    ['/api/v1/pods', pods],
    ['/api/v1/namespaces/shop/pods', { ...pods, namespace: 'shop' }],
    ['/api/v1/namespaces/shop/pods/cart-1', { ...pods, namespace: 'shop', name: 'cart-1' }],
    ['/api/v1/namespaces/shop/pods/cart-1/exec', { ...pods, namespace: 'shop', name: 'cart-1', subresource: 'exec' }],
    ['/api/v1/namespaces/shop', { ...pods, resource: 'namespaces', name: 'shop' }],
    ['/api/v1/namespaces/shop/status', { ...pods, resource: 'namespaces', name: 'shop', subresource: 'status' }],
    [
      '/apis/apps/v1/namespaces/shop/deployments/cart/scale',
      {
        kind: 'object',
        group: 'apps',
        version: 'v1',
        namespace: 'shop',
        resource: 'deployments',
        name: 'cart',
        subresource: 'scale',
      },
    ],
    [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node',
      {
        kind: 'object',
        group: 'rbac.authorization.k8s.io',
        version: 'v1',
        resource: 'clusterroles',
        name: 'system:node',
      },
    ],
    ['/api', { kind: 'root', segments: ['api'] }],
    ['/api/', { kind: 'root', segments: ['api'] }],
    ['/api/v1', { kind: 'root', segments: ['api', 'v1'] }],
    ['/apis/apps/v1', { kind: 'root', segments: ['apis', 'apps', 'v1'] }],
    ['/openapi/v3/apis/apps/v1', { kind: 'root', segments: ['openapi', 'v3', 'apis', 'apps', 'v1'] }],
    ['/version', { kind: 'root', segments: ['version'] }],
    // Behind a pod's own HTTP stands its own path: it is refused later, as what it is.
    [
      '/api/v1/namespaces/shop/pods/cart-1/proxy/admin/users',
      { ...pods, namespace: 'shop', name: 'cart-1', subresource: 'proxy' },
    ],
  ])('%s is read as Kubernetes reads it', (path, target) => {
    expect(parseProxyPath(path)).toEqual(target);
  });

  it.each([
    ['/', 400],
    ['/metrics', 404],
    ['/logs', 404],
    ['/.well-known/openid-configuration', 404],
    ['/configz', 404],
    ['/api/v1/watch/pods', 404],
    ['/api/v1/proxy/namespaces/shop/pods/cart-1', 404],
    ['/apis/apps/v1/watch/deployments', 404],
    ['/api/v1/namespaces/shop/pods/cart-1/exec/more', 400],
    ['/api/v1/pods/', 400],
    ['/api/v1/Pods', 400],
    ['/api/v1/namespaces/Shop/pods', 400],
  ])('%s is refused with %i', (path, status) => {
    expect(parseProxyPath(path)).toMatchObject({ kind: 'refused', status });
  });
});

/** Ways to say something else than what it looks like. */
const tricks = [
  '..',
  '.',
  '%2e%2e',
  '%2E',
  '.%2e',
  '%252e%252e',
  '%2f',
  '%2F..%2F',
  'a%2fb',
  '%5c',
  '..%5c',
  '%00',
  '%0d%0aHost:x',
  '%09',
  '%7f',
  '%25',
  'a;b',
  '%3b',
  ';',
  '',
  '%',
  '%zz',
  '%c0%af',
  '%ff',
  '\\',
  '#',
  'a#b',
  ' ',
  'é',
  '%E2%80%AE%0a',
];
const places = [
  (trick: string) => `/${trick}/api/v1/pods`,
  (trick: string) => `/api/${trick}/v1/pods`,
  (trick: string) => `/api/v1/${trick}/pods`,
  (trick: string) => `/api/v1/namespaces/${trick}/pods`,
  (trick: string) => `/api/v1/namespaces/shop/${trick}/pods`,
  (trick: string) => `/api/v1/namespaces/shop/pods/${trick}`,
  (trick: string) => `/api/v1/namespaces/shop/pods/${trick}/exec`,
];

describe('S07 paths that say two things', () => {
  it('are refused wherever the trick stands, two hundred of them', () => {
    const paths = tricks.flatMap((trick) => places.map((place) => place(trick)));
    expect(paths.length).toBeGreaterThan(200);
    expect(paths.filter((path) => !('status' in parseProxyPath(path)))).toEqual([]);
  });

  it('cannot be made: whatever is taken is sent as it was read, and read again as the same', () => {
    const word = fc.string({ unit: 'binary', maxLength: 12 });
    const part = fc.oneof(
      fc.constantFrom(...tricks, 'namespaces', 'pods', 'proxy', 'watch', 'api', 'apis', 'v1', 'shop', 'exec'),
      word.map((text) => encodeURIComponent(text.toWellFormed())),
      word,
    );
    const head = fc.constantFrom('/api/v1', '/apis/apps/v1', '');
    fc.assert(
      fc.property(head, fc.array(part, { minLength: 1, maxLength: 7 }), (start, parts) => {
        const target = parseProxyPath(`${start}/${parts.join('/')}`);
        if (target.kind === 'refused') return;
        const sent = proxyPathOf(target);
        expect(sent).not.toMatch(/\/\/|\/\.{1,2}(\/|$)|%2f|%5c|%25|%00|[#?;\\\s]/i);
        expect(parseProxyPath(sent)).toEqual(target);
      }),
      { numRuns: 5000 },
    );
  });
});
