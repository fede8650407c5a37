import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './sink.ts';

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => {}),
  random: () => Math.random(),
};
