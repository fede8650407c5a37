import { describe, expect, it } from 'vitest';
import { podKind } from '../kinds/pod.ts';
import { createCollection } from './collection.fixture.ts';
import { createMemorySink } from './memory-sink.fixture.ts';
import { createPacing } from './pacing.ts';
import { runReflector } from './reflector.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

const histories = 1000;
const steps = 60;

/** Small and repeatable: the seed of a failure is all it takes to see it again. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function live(seed: number): Promise<void> {
  const random = randomOf(seed);
  let isRough = true;
  const time = createVirtualClock(random);
  const collection = createCollection({ clock: time.clock, random, misbehaves: () => isRough });
  const memory = createMemorySink({
    onStore(batch) {
      if (!isRough || random() > 0.05) return;
      // The database answers no, or answers nothing after it committed.
      if (random() < 0.5) memory.apply(batch);
      throw new Error('PostgreSQL does not answer');
    },
  });

  function start() {
    const controller = new AbortController();
    const running = runReflector({
      cluster: 'c1',
      kind: podKind,
      connect: async () => collection.client,
      identity: { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] },
      sink: memory.sink,
      clock: time.clock,
      pacing: createPacing({ clock: time.clock }),
      signal: controller.signal,
    });
    return async () => {
      controller.abort();
      await running;
    };
  }

  let stop = start();
  for (let step = 0; step < steps; step += 1) {
    const chance = random();
    if (chance < 0.7) collection.churn();
    else if (chance < 0.78) collection.bookmark();
    else if (chance < 0.84) collection.cutAll();
    else if (chance < 0.88) collection.compact();
    else if (chance < 0.9) {
      await stop();
      stop = start();
    } else await time.advance(random() * 2000);
  }
  isRough = false;
  const same = () =>
    JSON.stringify([...memory.rows.values()].map(({ name, uid, restarts }) => [name, uid, restarts]).sort()) ===
    JSON.stringify([...collection.entries.values()].map(({ name, uid, restarts }) => [name, uid, restarts]).sort());
  try {
    await time.until('rows equal the cluster', same, 120_000);
    // And stay so: nothing late comes after.
    await time.advance(5000);
    expect(same()).toBe(true);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await stop();
  }
}

describe('after any history of changes, cuts, compactions, restarts and database failures', () => {
  it(`no row is missing and none is a ghost (${histories} seeds)`, { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= histories; seed += 1) await live(seed);
  });
});
