import type { Application } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { filterRows, gridClusters, gridRows, mostClusters, troubleOf, versionOf } from './application-grid.ts';

const nowhere = { project: [], env: [], clusters: [] };

function application(slug: string, targets: Record<string, Record<string, string>>): Application {
  return {
    id: `app_${slug}`,
    projectId: 'prj_1',
    project: 'shop',
    slug,
    displayName: slug,
    createdAt: '2026-11-26T00:00:00Z',
    environments: Object.entries(targets).map(([name, clusters]) => ({
      environmentId: `env_${name}`,
      name,
      tier: 'production' as const,
      targets: Object.entries(clusters).map(([cluster, health]) => ({
        id: `tgt_${slug}_${cluster}`,
        clusterId: `clu_${cluster}`,
        cluster,
        namespace: 'shop',
        state: 'active' as const,
        health: health as 'healthy',
        ...(health === 'failed' ? { healthReason: 'crash loop' } : {}),
      })),
    })),
  };
}

const cart = application('cart', { staging: { 'bj-1': 'healthy' }, prod: { 'bj-1': 'failed', 'nb-1': 'failed' } });
const web = application('web', { prod: { 'bj-1': 'healthy', 'cloud-1': 'healthy' } });

describe('the grid of applications', () => {
  it('has a row for each application and environment, those that fail first', () => {
    const rows = gridRows([web, cart], nowhere);
    expect(rows.map(({ application: { slug }, environment: { name } }) => `${slug} ${name}`)).toEqual([
      'cart prod',
      'web prod',
      'cart staging',
    ]);
    expect(rows.map((row) => troubleOf(row))).toEqual([
      { clusters: ['bj-1', 'nb-1'], reason: 'crash loop' },
      undefined,
      undefined,
    ]);
  });

  it('keeps to the scope: rows without a cluster of it are left out, and so are other clusters', () => {
    const rows = gridRows([web, cart], { ...nowhere, clusters: ['cloud-1'] });
    expect(rows.map(({ id }) => id)).toEqual(['app_web env_prod']);
    expect(gridClusters(rows).shown).toEqual(['cloud-1']);
    expect(gridRows([cart], { ...nowhere, env: ['staging'] })).toHaveLength(1);
  });

  it('follows every word of the filter', () => {
    const rows = gridRows([web, cart], nowhere);
    expect(filterRows(rows, ' CART prod').map(({ id }) => id)).toEqual(['app_cart env_prod']);
    expect(filterRows(rows, 'nothing')).toEqual([]);
    expect(filterRows(rows, '')).toBe(rows);
  });

  it('takes the clusters of most rows where there are more than fit, and says how many are left', () => {
    const names = Array.from({ length: mostClusters + 3 }, (_, index) => `c-${String(index).padStart(2, '0')}`);
    const wide = application('wide', { prod: Object.fromEntries(names.map((name) => [name, 'healthy'])) });
    const last = application('last', { prod: { [names.at(-1) ?? '']: 'healthy' } });
    const { shown, rest } = gridClusters(gridRows([wide, last], nowhere));
    expect(shown).toHaveLength(mostClusters);
    expect(shown).toContain(names.at(-1));
    expect(rest.size).toBe(3);
  });

  it('names a version by its tag, else by the start of its digest', () => {
    expect(versionOf('registry:5000/shop/cart:1.4.1')).toBe('1.4.1');
    expect(versionOf(`registry/shop/cart@sha256:${'a1'.repeat(32)}`)).toBe('a1a1a1a1a1a1');
    expect(versionOf(undefined)).toBeUndefined();
  });
});
