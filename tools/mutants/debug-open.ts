import { mutate } from './mutate.ts';

/** Metrics are served to whoever finds the port. */
export default mutate<typeof import('../../apps/api/src/platform/telemetry/metrics.ts')>({
  serveMetrics: (real) => (options) => real.serveMetrics({ ...options, token: undefined }),
});
