import type { Release } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { lastGoodOf } from './last-good.ts';

const release = (number: number, change: Partial<Release> = {}) =>
  ({ number, kind: 'deploy', state: 'succeeded', healthyCount: 2, standingCount: 2, ...change }) as Release;

describe('what a roll-back goes to', () => {
  it('is the newest earlier release that went well', () => {
    const releases = [release(4, { state: 'failed', healthyCount: 0 }), release(3), release(2), release(1)];
    expect(lastGoodOf(releases, 4)?.number).toBe(3);
    expect(lastGoodOf(releases, 3)?.number).toBe(2);
  });

  it('is what came before the bytes that a rollback put back, and never that rollback again', () => {
    const releases = [
      release(4, { kind: 'rollback', rollbackOf: { id: 'rel_2', number: 2 }, healthyCount: 1 }),
      release(3, { state: 'failed', healthyCount: 0 }),
      release(2),
      release(1),
    ];
    expect(lastGoodOf(releases, 4)?.number).toBe(1);
    expect(lastGoodOf([release(5, { state: 'rolling' }), ...releases], 5)?.number).toBe(2);
  });

  it('is none whose clusters have all stood down', () => {
    expect(lastGoodOf([release(3), release(2, { standingCount: 0 }), release(1)], 3)?.number).toBe(1);
    expect(lastGoodOf([release(2, { kind: 'evacuate' }), release(1, { standingCount: 0 })], 2)).toBeUndefined();
  });

  it('is never a removal, a failed one, or nothing at all', () => {
    expect(lastGoodOf([release(2, { kind: 'remove' }), release(1, { state: 'failed' })], 3)).toBeUndefined();
    expect(lastGoodOf([release(1)], undefined)).toBeUndefined();
  });
});
