import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { DatabaseUnavailableError } from './errors.ts';
import { createPulse, type Pulse } from './pulse.ts';

let pulse: Pulse;
afterEach(() => pulse.close());

/** As code does that computes and gives nobody else a turn. */
function blockLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it('PostgreSQL that says nothing is gone, for the work that waits and for what comes after', async () => {
  let told = 0;
  pulse = createPulse({
    ask: () => new Promise(() => {}),
    onLost: () => {
      told += 1;
    },
  });
  await expect(pulse.guard(() => new Promise(() => {}))).rejects.toBeInstanceOf(DatabaseUnavailableError);
  await expect(pulse.guard(async () => 1)).rejects.toBeInstanceOf(DatabaseUnavailableError);
  expect(told).toBe(1);
});

it('an event loop of ours that stands still is not PostgreSQL’s silence', async () => {
  pulse = createPulse({
    // Several round trips, as a new connection takes.
    async ask() {
      for (let trip = 0; trip < 8; trip += 1) await wait(20);
    },
    onLost: () => {},
  });
  const work = pulse.guard(async () => {
    await wait(350);
    for (let round = 0; round < 3; round += 1) {
      blockLoop(1300);
      await wait(5);
    }
    await wait(300);
    return 'done';
  });
  await expect(work).resolves.toBe('done');
});
