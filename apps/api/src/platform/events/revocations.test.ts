import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forbidden } from '../errors.ts';
import type { Actor, Principal } from '../principal.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createRevocations, type Ending, type Revocations } from './revocations.ts';

const logger = { warn: () => {} } as unknown as Logger;
let notify: (payload: string | undefined) => void;
let epoch: () => Promise<string>;
let epochsRead: number;
let alive: Principal | undefined;
let forgotten: number;
let renewals: number;
let revocations: Revocations;

const principal: Principal = {
  kind: 'user',
  id: 'usr_x',
  name: 'x',
  displayName: 'X',
  credential: { kind: 'session', id: 'ses_x', expiresAt: new Date(0) },
  subjects: ['a'],
};
const actor: Actor = { principal, via: 'session' };

beforeEach(() => {
  forgotten = 0;
  renewals = 0;
  epochsRead = 0;
  alive = principal;
  epoch = async () => '1';
  revocations = createRevocations({
    listen: (_channel, handler) => {
      notify = handler;
      return () => {};
    },
    async epoch() {
      const read = await epoch();
      epochsRead += 1;
      return read;
    },
    forget: () => {
      forgotten += 1;
    },
    renew: async () => {
      renewals += 1;
      return alive;
    },
    logger,
    timing: { pulseMs: 10, sweepMs: 100_000, graceMs: 1500 },
  });
});
afterEach(() => revocations.close());

/** It knows the epoch of before: a second one was read. */
const isWatching = () => expect.poll(() => epochsRead).toBeGreaterThan(1);

function open(recheck: (now: Actor) => Promise<void> = async () => {}) {
  const endings: Ending[] = [];
  const release = revocations.guard({ actor, recheck, end: (why) => endings.push(why) });
  return { endings, release };
}

describe('an open stream', () => {
  it('S10 ends when a notification comes and its session is gone', async () => {
    const { endings } = open();
    alive = undefined;
    notify('{"epoch":2}');
    await expect.poll(() => endings).toEqual([{ code: 1008, reason: 'signed out' }]);
    expect(forgotten).toBeGreaterThan(0);
    expect(revocations.guarded).toBe(0);
  });

  it('S10 ends when its right is gone, and another of the same session stays', async () => {
    const lost = open(async () => {
      throw forbidden('workloads:logs', 'on this object');
    });
    const kept = open();
    notify(undefined);
    await expect.poll(() => lost.endings).toEqual([{ code: 1008, reason: 'no longer allowed' }]);
    expect(kept.endings).toEqual([]);
  });

  it('is asked again by the changed epoch alone, when the notification was lost', async () => {
    await isWatching();
    const { endings } = open();
    alive = undefined;
    epoch = async () => '2';
    await expect.poll(() => endings).toHaveLength(1);
  });

  it('is asked as the person is now, with the groups of now, once for all streams of a session', async () => {
    await isWatching();
    renewals = 0;
    const seen: Actor[] = [];
    for (let index = 0; index < 20; index += 1) open(async (now) => void seen.push(now));
    alive = { ...principal, subjects: ['a', 'b'] };
    notify('{"epoch":2}');
    await expect.poll(() => seen).toHaveLength(20);
    expect(seen.every((now) => now.principal.kind === 'user' && now.principal.subjects.length === 2)).toBe(true);
    expect(renewals).toBe(1);
  });

  it('outlives a short outage of PostgreSQL and ends in a long one', async () => {
    const { endings } = open(async () => {
      throw new Error('no connection');
    });
    notify('{"epoch":2}');
    epoch = () => Promise.reject(new Error('no connection'));
    await wait(30);
    expect(endings).toEqual([]);
    await expect.poll(() => endings).toEqual([{ code: 1013, reason: 'rights cannot be checked' }]);
  });

  it('that was let go is not asked any more', async () => {
    const recheck = vi.fn(async () => {});
    open(recheck).release();
    const before = epochsRead;
    notify('{"epoch":2}');
    await expect.poll(() => epochsRead).toBeGreaterThan(before + 1);
    expect(recheck).not.toHaveBeenCalled();
  });
});
