import { mutate } from './mutate.ts';

const hourMs = 3_600_000;

/** Loops do what they are woken for, and do not look by themselves. */
export default mutate<typeof import('../../apps/api/src/platform/jobs/loop.ts')>({
  startLoop: (real) => (options) => real.startLoop({ ...options, everyMs: hourMs }),
});
