import { type History, runHistories } from '@quarterdeck/testing';
import { describe, expect, it } from 'vitest';
import { podKind } from '../kinds/pod.ts';
import { createCollection } from './collection.fixture.ts';
import { createMemorySink } from './memory-sink.fixture.ts';
import { createPacing } from './pacing.ts';
import { runReflector } from './reflector.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

const histories = 1000;
const steps = 60;

async function live({ random, note }: History): Promise<void> {
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
    const what = stepOf(random());
    note(`${Math.round(time.clock.now())} ms: ${what}`);
    if (what === 'restart') {
      await stop();
      stop = start();
    } else if (what === 'time') await time.advance(random() * 2000);
    else collection[what]();
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
  } finally {
    await stop();
  }
}

function stepOf(chance: number): 'churn' | 'bookmark' | 'cutAll' | 'compact' | 'restart' | 'time' {
  if (chance < 0.7) return 'churn';
  if (chance < 0.78) return 'bookmark';
  if (chance < 0.84) return 'cutAll';
  if (chance < 0.88) return 'compact';
  return chance < 0.9 ? 'restart' : 'time';
}

describe('F06 after any history of changes, cuts, repeats, compactions, restarts and database failures', () => {
  it(`no row is missing and none is a ghost (${histories} seeds)`, () => runHistories({ seeds: histories, live }));
});
