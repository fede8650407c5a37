import { attachSharedFleet, createRandom, refuse, throttle, waitFor } from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FaultyCluster, fasterClock, startFaultyCluster } from './faulty-cluster.fixture.ts';

const cluster = attachSharedFleet(inject('sharedFleet'))?.clusters[0];
const times = 10;
const clock = fasterClock(times);
const askedSeconds = 10;

/**
 * Time runs ten times faster, so that a pause of ten seconds is one; back-off alone would pause for a tenth of that.
 * Seen failing with the header left out of `refusalOf`: the pauses are those of the back-off.
 */
describe.skipIf(cluster === undefined)('F04 a cluster that asks to be left alone', () => {
  let faulty: FaultyCluster;
  beforeAll(async () => {
    if (cluster !== undefined) faulty = await startFaultyCluster(cluster, 'storm');
  });
  afterEach(() => faulty.proxy.heal());
  afterAll(() => faulty.stop());

  it.each([
    ['429 with seconds', () => throttle(askedSeconds)],
    [
      '503 with seconds in its Status',
      () => refuse(503, { reason: 'ServiceUnavailable', details: { retryAfterSeconds: askedSeconds } }),
    ],
  ])('by %s is not asked before, and afterwards the rows are true', async (_name, fault) => {
    const followed = faulty.follow({ clock });
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    faulty.proxy.answers.answer(fault);
    const { asked } = faulty.proxy.answers;
    const before = asked.length;
    faulty.proxy.network.reset();
    await faulty.churn(createRandom(1), 20);
    await waitFor('three refusals', () => asked.length >= before + 3);
    const at = asked.slice(before).map((each) => each.at);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    // Timers of the machine may be a millisecond early.
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual((askedSeconds * 1000) / times - 5);
    faulty.proxy.answers.heal();
    await faulty.untilTrue(followed);
    await followed.stop();
  });
});
