import { describe, expect, it } from 'vitest';
import { compareTruth, explainDifferences, listDirectly, untilTrue } from './truth.ts';

const pages: Record<string, object> = {
  '/pods?limit=500': { items: [{ metadata: { namespace: 'shop', name: 'a', uid: '1' } }], metadata: { continue: 'x' } },
  '/pods?limit=500&continue=x': { items: [{ metadata: { namespace: 'shop', name: 'b', uid: '2' } }], metadata: {} },
};
const cluster = { request: async <T>(_method: string, path: string) => pages[path] as T };

describe('the comparison of rows with the server', () => {
  it('names what is missing, a ghost or stale', () => {
    const server = new Map([
      ['shop/a', 'new'],
      ['shop/b', 'same'],
      ['shop/c', 'here'],
    ]);
    const rows = new Map([
      ['shop/a', 'old'],
      ['shop/b', 'same'],
      ['shop/d', 'gone'],
    ]);
    const found = compareTruth(server, rows);
    expect(found).toEqual({ missing: ['shop/c'], ghosts: ['shop/d'], stale: ['shop/a'] });
    expect(explainDifferences(found)).toBe(
      'rows differ from the server, 1 missing: shop/c; 1 ghost: shop/d; 1 stale: shop/a',
    );
    expect(explainDifferences(compareTruth(server, server))).toBeUndefined();
  });

  it('reads the server page by page, and waits for the rows', async () => {
    expect(await listDirectly(cluster, '/pods')).toHaveLength(2);
    const rows = new Map([['shop/a', '1']]);
    let looks = 0;
    await untilTrue({
      cluster,
      path: '/pods',
      view: ({ metadata }) => metadata.uid,
      rows: () => {
        looks += 1;
        return looks > 1 ? rows.set('shop/b', '2') : rows;
      },
    });
    expect(looks).toBe(2);
  });

  it('fails with the names when they do not come', async () => {
    await expect(
      untilTrue({ cluster, path: '/pods', view: ({ metadata }) => metadata.uid, rows: () => new Map(), timeoutMs: 0 }),
    ).rejects.toThrow('2 missing: shop/a, shop/b');
  });
});
