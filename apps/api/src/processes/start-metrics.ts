import type { Composition } from '../compose.ts';
import { createMetrics, type ProductGauge, type RequestObserver, serveMetrics } from '../platform/telemetry/metrics.ts';
import { explainListen } from './explain-listen.ts';

export type RunningMetrics = { observe: RequestObserver; close(): Promise<void> };

/**
 * Serves the metrics of this process where `QUARTERDECK_METRICS_PORT` says so; otherwise nothing listens and nothing is
 * measured.
 * @throws ConfigError when the port is taken
 */
export async function startMetrics(composition: Composition): Promise<RunningMetrics> {
  const { metricsPort: port, metricsToken: token, host } = composition.config;
  if (port === undefined) return { observe: () => {}, close: async () => {} };
  const metrics = createMetrics(productGauges(composition));
  try {
    const server = await serveMetrics({ metrics, host, port, token });
    return { observe: metrics.observe, close: () => server.close() };
  } catch (error) {
    throw explainListen(error, { host, port, flag: 'QUARTERDECK_METRICS_PORT=' });
  }
}

function productGauges({ database, live }: Composition): ProductGauge[] {
  const counted = (sql: string) => async () => (await database.pool.query<{ label: string; value: number }>(sql)).rows;
  return [
    {
      name: 'clusters',
      help: 'Registered clusters by state',
      label: 'state',
      read: counted('SELECT state AS label, count(*)::int AS value FROM clusters_cluster GROUP BY state'),
    },
    {
      name: 'releases',
      help: 'Releases by state',
      label: 'state',
      read: counted('SELECT state AS label, count(*)::int AS value FROM release GROUP BY state'),
    },
    {
      name: 'sessions',
      help: 'Sessions that have not ended',
      read: counted('SELECT count(*)::int AS value FROM identity_session WHERE expires_at > now()'),
    },
    {
      name: 'live_sockets',
      help: 'Open live connections of this process',
      read: async () => [{ value: live.sockets }],
    },
  ];
}
