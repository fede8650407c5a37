import { describe, expect, it } from 'vitest';
import { advanceHealth, type Health, type HealthEvent, newHealth, nextProbeMs, type ProbeResult } from './health.ts';

const good = (latencyMs = 10): ProbeResult => ({ outcome: 'good', latencyMs });
const bad: ProbeResult = { outcome: 'bad', reason: 'gone' };
const unauthorized: ProbeResult = { outcome: 'unauthorized', reason: '401' };

/** Runs events on a fake clock: numbers are seconds to wait. */
function run(start: Health, ...steps: (number | ProbeResult | HealthEvent)[]): { health: Health; now: number } {
  let health = start;
  let now = health.since;
  for (const step of steps) {
    if (typeof step === 'number') now += step * 1000;
    else health = advanceHealth(health, 'outcome' in step ? { kind: 'probed', result: step } : step, now);
  }
  return { health, now };
}

const connected = run(newHealth(0), good()).health;

describe('health of a cluster', () => {
  it('is pending until the first good probe', () => {
    expect(run(newHealth(0), bad, 5, bad, 5, bad).health).toMatchObject({ state: 'pending', reason: 'gone' });
    expect(connected).toMatchObject({ state: 'connected', latencyMs: 10 });
  });

  it('is degraded after one bad probe and unreachable after the second, a second later', () => {
    const first = run(connected, bad);
    expect(first.health).toMatchObject({ state: 'degraded', reason: 'gone' });
    expect(nextProbeMs(first.health, first.now, 0.5)).toBe(1000);
    expect(run(first.health, 1, bad).health.state).toBe('unreachable');
  });

  it('is connected again only after two good probes at least four seconds apart', () => {
    const gone = run(connected, bad, 1, bad).health;
    expect(run(gone, 10, good(), 3.9, good()).health.state).toBe('unreachable');
    expect(run(gone, 10, good(), 4, good()).health.state).toBe('connected');
    expect(run(gone, 10, good(), 3, bad, 3, good()).health.state).toBe('unreachable');
  });

  it('does not wait for the clock of another worker that was ahead', () => {
    const ahead = run({ ...run(connected, bad, 1, bad).health, since: 600_000 }, good()).health;
    const back = [0, 5000].reduce(
      (health, now) => advanceHealth(health, { kind: 'probed', result: good() }, now),
      ahead,
    );
    expect(ahead).toMatchObject({ state: 'unreachable', memory: { goodSince: 600_000 } });
    expect(back).toMatchObject({ state: 'connected', since: 5000 });
  });

  it('comes back from degraded by the same rule', () => {
    const doubted = run(connected, bad).health;
    expect(run(doubted, 1, good()).health.state).toBe('degraded');
    expect(run(doubted, 1, good(), 5, good()).health.state).toBe('connected');
  });

  it('is degraded while p95 of its answers is over a second', () => {
    const once = run(connected, 5, good(1500)).health;
    expect(once.state).toBe('connected');
    const slow = run(once, 5, good(1500)).health;
    expect(slow).toMatchObject({ state: 'degraded', reason: 'Answers take 1500 ms.' });
    const quick = Array.from({ length: 20 }, () => [5, good()]).flat();
    expect(run(slow, ...quick).health.state).toBe('connected');
  });

  const synced = (...failing: string[]): HealthEvent => ({ kind: 'synced', failing });

  it('is degraded once a kind has not synced for 20 s, until it does', () => {
    const behind = run(connected, synced('pods'), 20, synced('pods')).health;
    expect(behind).toMatchObject({ state: 'degraded', reason: 'Not in sync: pods.' });
    expect(run(behind, 5, synced()).health.state).toBe('connected');
  });

  it('is not degraded by watches that open one after another, nor by one that was cut and stands again', () => {
    const opening = run(connected, synced('pods', 'nodes'), 15, synced('nodes', 'jobs'), 15, synced('jobs')).health;
    expect(opening.state).toBe('connected');
    expect(run(connected, synced('pods'), 15, synced(), 15, synced('pods'), 15, synced('pods')).health.state).toBe(
      'connected',
    );
  });

  it('gives watches the same time again when a cluster comes back', () => {
    const away = run(connected, bad, 1, bad, 60, synced('pods'), bad, 60, synced('pods'), bad).health;
    const back = run(away, 10, synced('pods'), good(), 5, synced('pods'), good());
    expect(back.health.state).toBe('connected');
    expect(run(back.health, 25, synced('pods'), good()).health.state).toBe('degraded');
  });

  it('is degraded, not unreachable, while the server says that it is not ready', () => {
    const impaired: ProbeResult = { outcome: 'impaired', reason: 'not ready', latencyMs: 5 };
    expect(run(connected, impaired, 5, impaired, 5, impaired).health.state).toBe('degraded');
  });

  it('says that the credential is rejected after two 401, and asks once a minute until it is replaced', () => {
    const rejected = run(connected, unauthorized, 1, unauthorized);
    expect(rejected.health.state).toBe('credential_rejected');
    expect(nextProbeMs(rejected.health, rejected.now, 0)).toBe(60_000);
    expect(run(rejected.health, { kind: 'credential_replaced' }, good()).health.state).toBe('connected');
  });

  it('stops at another identity until a person confirms', () => {
    const other = run(connected, { outcome: 'identity_changed', reason: 'other uid' });
    expect(other.health.state).toBe('identity_changed');
    expect(nextProbeMs(other.health, other.now, 0)).toBeUndefined();
    expect(run(other.health, 60, good(), 60, good(), { kind: 'credential_replaced' }).health.state).not.toBe(
      'connected',
    );
    expect(run(other.health, { kind: 'identity_confirmed' }, good()).health.state).toBe('connected');
  });

  it('listens to nothing while paused, and starts anew when resumed', () => {
    const paused = run(connected, { kind: 'paused' });
    expect(nextProbeMs(paused.health, paused.now, 0)).toBeUndefined();
    expect(run(paused.health, 5, good(), 5, good()).health.state).toBe('paused');
    expect(run(paused.health, { kind: 'resumed' }).health.state).toBe('pending');
  });

  it('probes every 5 s ± 20 %, an unreachable cluster every 10 s and every 30 s after ten minutes', () => {
    expect(nextProbeMs(connected, 0, 0)).toBe(4000);
    expect(nextProbeMs(connected, 0, 1)).toBe(6000);
    const gone = run(connected, bad, 1, bad);
    expect(nextProbeMs(gone.health, gone.now + 9 * 60_000, 0)).toBe(10_000);
    expect(nextProbeMs(gone.health, gone.now + 11 * 60_000, 0)).toBe(30_000);
    const back = run(gone.health, 10, good());
    expect(nextProbeMs(back.health, back.now, 0.5)).toBe(5000);
  });

  it('is shown as cut off within 15 s of the cut, wherever in the rhythm it falls', () => {
    const worstWait = nextProbeMs(connected, 0, 1) ?? Number.POSITIVE_INFINITY;
    const deadline = 3000;
    expect(worstWait + deadline + 1000 + deadline).toBeLessThanOrEqual(15_000);
  });

  it('is marked unstable by more than three changes in ten minutes, until five quiet minutes', () => {
    const flap = [5, bad, 1, good(), 5, good()];
    const flapping = run(connected, ...flap, ...flap);
    expect(flapping.health).toMatchObject({ state: 'connected', unstable: true });
    expect(run(flapping.health, 60, good()).health.unstable).toBe(true);
    expect(advanceHealth(flapping.health, { kind: 'probed', result: good() }, flapping.now + 300_000).unstable).toBe(
      false,
    );
  });
});
