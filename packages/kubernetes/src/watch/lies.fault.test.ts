import {
  type AnswerFault,
  attachSharedFleet,
  byLine,
  createRandom,
  insertLine,
  refuse,
  sayLine,
  sayText,
  stopAfter,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FaultyCluster, fasterClock, startFaultyCluster } from './faulty-cluster.fixture.ts';

const cluster = attachSharedFleet(inject('sharedFleet'))?.clusters[0];
const mebibyte = 1024 * 1024;
const huge = JSON.stringify({
  type: 'ADDED',
  object: {
    kind: 'ConfigMap',
    metadata: { name: 'huge', namespace: 'lies', uid: 'huge' },
    data: { x: 'x'.repeat(5 * mebibyte) },
  },
});
const wide = JSON.stringify({
  type: 'ADDED',
  object: {
    kind: 'ConfigMap',
    metadata: {
      name: 'wide',
      namespace: 'elsewhere',
      uid: 'wide',
      annotations: null,
      labels: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`label-${index}`, 'x'.repeat(100)])),
    },
    data: null,
  },
});

/** What ends other informers for good, each said once to a watch that is to be resumed. */
const lies: [string, () => AnswerFault][] = [
  ['a page of HTML', () => sayText('<html><body>Sign in</body></html>\n', 'text/html')],
  ['nothing at all', () => sayText('')],
  ['JSON that is no event', () => sayText('[1, 2]\nnull\n"text"\n')],
  ['an event of an unknown type', () => sayLine({ type: 'SURPRISE', object: {} })],
  ['an object of another kind', () => sayLine({ type: 'DELETED', object: { kind: 'Secret', metadata: {} } })],
  ['a Status as an object', () => sayLine({ type: 'ADDED', object: { kind: 'Status', code: 500 } })],
  ['an ERROR without a code', () => sayLine({ type: 'ERROR', object: {} })],
  ['half an event', () => stopAfter(30, 'cut')],
  ['a broken event among whole ones', breakFirst],
  ['a refusal that nobody knows', () => refuse(418, { reason: 'Teapot' })],
  ['an internal error', () => refuse(500, { reason: 'InternalError', message: 'etcdserver: leader changed' })],
];

/** The first event loses its end, and the stream goes on as if nothing were. */
function breakFirst(): AnswerFault {
  let isFirst = true;
  return byLine((line) => {
    const given = isFirst ? line.subarray(0, line.length - 9) : line;
    isFirst = false;
    return [given];
  });
}

/**
 * Seen failing: with `readWatchEvents` passing over what it cannot read (the row that the broken event was about is
 * stale or missing), and with the check of the list's kind left out (no row is left).
 */
describe.skipIf(cluster === undefined)('F05 a cluster that lies', () => {
  let faulty: FaultyCluster;
  const clock = fasterClock(60);
  beforeAll(async () => {
    if (cluster !== undefined) faulty = await startFaultyCluster(cluster, 'lies');
  });
  afterEach(() => faulty.proxy.heal());
  afterAll(() => faulty.stop());

  it('ends no watch: each lie costs a pause, and the rows are true again', async () => {
    const followed = faulty.follow({ clock });
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    const random = createRandom(1);
    for (const [what, lie] of lies) {
      let told = 0;
      faulty.proxy.answers.answer(
        () => {
          told += 1;
          return lie();
        },
        ({ isWatch }) => isWatch,
        1,
      );
      faulty.proxy.network.reset();
      // Each change is of another object: none makes good what the lie did to one before.
      await faulty.churn(random, 10, 80_000);
      await waitFor(`the watch to be told ${what}`, () => told === 1);
      await faulty.untilTrue(followed).catch((error: unknown) => {
        throw new Error(`after ${what}: ${String(error)}`, { cause: error });
      });
    }
    await followed.stop();
  });

  it('a list of nothing but a Status deletes no row', async () => {
    const followed = faulty.follow({ clock });
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    const kept = new Set(followed.rows.keys());
    await followed.stop();
    faulty.proxy.answers.answer(refuse(422, { reason: 'Invalid' }), ({ query }) => query.has('sendInitialEvents'));
    faulty.proxy.answers.answer(
      sayText(JSON.stringify({ kind: 'Status', metadata: { resourceVersion: '99999999' } })),
      ({ query }) => query.get('limit') === '500',
    );
    const again = faulty.follow({ clock });
    for (const [key, row] of followed.rows) again.rows.set(key, row);
    // It has no version yet, so nothing that could be stale.
    await waitFor('it to be refused', () =>
      again.states.includes('syncing: The cluster sent a Status where a list was asked for.'),
    );
    expect(new Set(again.rows.keys())).toEqual(kept);
    faulty.proxy.answers.heal();
    await faulty.untilTrue(again);
    await again.stop();
  });

  it('S58 sends an object above 4 MiB and one with 10,000 labels: skipped and counted, capped, and the watch goes on', async () => {
    const followed = faulty.follow({ clock });
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    faulty.proxy.answers.answer(
      () => insertLine(`${huge}\n${wide}`),
      ({ isWatch }) => isWatch,
      1,
    );
    faulty.proxy.network.reset();
    await faulty.churn(createRandom(2), 10);
    await waitFor('the wide object', () => followed.rows.has('elsewhere/wide'));
    expect(Object.keys(followed.rows.get('elsewhere/wide')?.labels ?? {})).toHaveLength(38);
    expect(followed.skipped()).toBe(1);
    await faulty.untilTrue(followed);
    await followed.stop();
  });
});
