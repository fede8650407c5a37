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

  it('are those whose credential ends within a week; a paused cluster is paused by somebody', () => {
    const ends = (at: string) => clustersAttention([cluster({ credentialExpiresAt: at })], whole, now);
    expect(ends('2026-11-30T13:00:00Z')[0]?.cause).toBe('The credential ends in 5 days. Replace it');
    expect(ends('2026-11-24T12:00:00Z')[0]).toMatchObject({ severity: 'failed', cause: 'The credential has ended' });
    expect(ends('2026-12-30T12:00:00Z')).toEqual([]);
    expect(clustersAttention([cluster({ state: 'paused' })], whole, now)).toEqual([]);
  });

  it('are only those of the scope', () => {
    expect(clustersAttention([cluster({ state: 'unreachable' })], { clusters: ['nb-1'] }, now)).toEqual([]);
  });
});
