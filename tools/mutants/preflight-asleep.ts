import { mutate } from './mutate.ts';

const hourMs = 3_600_000;

/** Releases are looked at when somebody tells of them, and not otherwise. */
export default mutate<typeof import('../../apps/api/src/platform/jobs/loop.ts')>({
  startLoop: (real) => (options) =>
    real.startLoop(options.name === 'release.preflight' ? { ...options, everyMs: hourMs } : options),
});
