import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Told of every answered request: route pattern, never the path, so that ids make no series. */
export type RequestObserver = (request: {
  method: string;
  route: string;
  status: number;
  durationSeconds: number;
}) => void;

/** A number of the product, or one for each value of a label, asked for at each scrape. */
export type ProductGauge = {
  /** `clusters`: becomes `quarterdeck_clusters`. */
  name: string;
  help: string;
  label?: string;
  read: () => Promise<readonly { label?: string; value: number }[]>;
};

export type Metrics = { text(): Promise<string>; contentType: string; observe: RequestObserver };

/** Metrics of the process and of the product, in the Prometheus text format. */
export function createMetrics(gauges: readonly ProductGauge[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'quarterdeck_http_request_duration_seconds',
    help: 'Time to answer a request, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30],
    registers: [registry],
  });
  for (const { name, help, label, read } of gauges) {
    new Gauge({
      name: `quarterdeck_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
      async collect() {
        const values = await read();
        this.reset();
        for (const { label: text = '', value } of values) this.set(label === undefined ? {} : { [label]: text }, value);
      },
    });
  }
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    observe: ({ method, route, status, durationSeconds }) =>
      requests.observe({ method, route, status }, durationSeconds),
  };
}

/** Feeds the observer with each answer of the server. */
export function observeRequests(app: FastifyInstance, observe: RequestObserver): void {
  app.addHook('onResponse', async (request, reply) => {
    observe({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationSeconds: reply.elapsedTime / 1000,
    });
  });
}

export type MetricsServer = { port: number; close(): Promise<void> };

/**
 * `GET /metrics` on a port of its own, apart from the product: nothing that faces people leads to it. With a token each
 * scrape must carry it; without one only this machine is listened to.
 */
export async function serveMetrics(options: {
  metrics: Metrics;
  host: string;
  port: number;
  token?: string | undefined;
}): Promise<MetricsServer> {
  const { metrics, token } = options;
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') response.writeHead(404).end();
    else if (!isAllowed(request, token)) response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    else {
      metrics.text().then(
        (text) =>
          response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text),
        () => response.writeHead(503).end(),
      );
    }
  });
  const host = token === undefined ? '127.0.0.1' : options.host;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function isAllowed(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
