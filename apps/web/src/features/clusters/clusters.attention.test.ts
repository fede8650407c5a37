import type { Cluster } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { clustersAttention } from './clusters.attention.ts';

const now = Date.parse('2026-11-25T12:00:00Z');
const cluster = (change: Partial<Cluster>): Cluster => ({
  id: 'clu_1',
  detail: 'full',
  slug: 'bj-1',
  displayName: 'Beijing 1',
  color: 0,
  unstable: false,
  state: 'connected',
  stateSince: '2026-11-25T11:00:00Z',
  labels: {},
  server: 'https://bj-1.example.com',
  credentialKind: 'token',
  createdAt: '2026-11-01T00:00:00Z',
  ...change,
});
const whole = { clusters: [] };

describe('clusters that need somebody', () => {
  it('are those cut off, with the reason and since when', () => {
    const [need, ...more] = clustersAttention(
      [cluster({ state: 'unreachable', stateReason: 'The certificate expired.' }), cluster({ id: 'clu_2' })],
      whole,
      now,
    );
    expect(more).toEqual([]);
    expect(need).toMatchObject({
      severity: 'failed',
      cause: 'Unreachable: The certificate expired.',
      since: '2026-11-25T11:00:00Z',
      to: '/clusters/bj-1',
    });
  });

  it('are those whose credential ends within a month; a paused cluster is paused by somebody', () => {
    const ends = (at: string) => clustersAttention([cluster({ credentialExpiresAt: at })], whole, now);
    expect(ends('2026-11-30T13:00:00Z')[0]?.cause).toBe('The credential ends in 5 days. Replace it');
    expect(ends('2026-11-24T12:00:00Z')[0]).toMatchObject({ severity: 'failed', cause: 'The credential has ended' });
    expect(ends('2026-12-20T12:00:00Z')[0]).toMatchObject({ severity: 'degraded' });
    expect(ends('2026-12-30T12:00:00Z')).toEqual([]);
    expect(clustersAttention([cluster({ state: 'paused' })], whole, now)).toEqual([]);
  });

  it('are told again a month, a week and a day before the end, also who snoozed it', () => {
    const keyAt = (at: string) => clustersAttention([cluster({ credentialExpiresAt: at })], whole, now)[0]?.key;
    const keys = ['2026-12-20T12:00:00Z', '2026-11-30T12:00:00Z', '2026-11-26T11:00:00Z'].map(keyAt);
    expect(new Set(keys).size).toBe(3);
    expect(keyAt('2026-12-19T12:00:00Z')).toBe(keys[0]);
  });

  it('are not those whose token renews itself, unless that fails', () => {
    const renewing = { credentialExpiresAt: '2026-11-26T12:00:00Z', credentialRenews: true };
    expect(clustersAttention([cluster(renewing)], whole, now)).toEqual([]);
    const failing = cluster({ ...renewing, credentialRenewalError: 'The cluster did not answer.' });
    expect(clustersAttention([failing], whole, now)[0]).toMatchObject({
      severity: 'degraded',
      cause: 'The token is not renewed: The cluster did not answer.',
    });
  });

  it('are one row where three or more have the same trouble, whatever figures and names of their own it has', () => {
    const slow = [1, 2, 3].map((n) =>
      cluster({
        id: `clu_${n}`,
        slug: `c-${n}`,
        state: 'degraded',
        stateReason: `Answers take ${n}400 ms.`,
        stateSince: `2026-11-25T1${n}:00:00Z`,
      }),
    );
    const gone = ['bj-1', 'nb-1'].map((slug) => cluster({ id: slug, slug, state: 'unreachable' }));
    const needs = clustersAttention([...slow, ...gone], whole, now);
    expect(needs.map(({ subject }) => subject)).toEqual(['3 clusters', 'bj-1', 'nb-1']);
    expect(needs[0]).toMatchObject({
      severity: 'degraded',
      where: 'c-1, c-2, c-3',
      cause: 'Degraded: Answers take 1400 ms (c-1; the others alike).',
      since: '2026-11-25T11:00:00Z',
      to: '/clusters?state=degraded',
    });
    const other = cluster({ id: 'clu_9', slug: 'c-9', state: 'degraded', stateReason: 'Pods do not sync.' });
    expect(clustersAttention([...slow.slice(1), other], whole, now)).toHaveLength(3);
  });

  it('are only those of the scope', () => {
    expect(clustersAttention([cluster({ state: 'unreachable' })], { clusters: ['nb-1'] }, now)).toEqual([]);
  });
});
