import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { podKind } from '../kinds/pod.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { type LocalServer, startLocalServer } from '../transport/local-server.fixture.ts';
import { systemClock } from './clock.ts';
import { createPacing } from './pacing.ts';
import { runReflector } from './reflector.ts';
import type { WatchBatch } from './sink.ts';

const pods = 150_000;
const pageSize = 500;
const expiresAt = 40_000;
const mebibyte = 1024 * 1024;

/** A pod as large as a small one is, made when asked for: the server holds none. */
function podText(index: number): string {
  const metadata = { name: `pod-${index}`, namespace: `ns-${index % 50}`, uid: `uid-${index}`, resourceVersion: '7' };
  const env = Array.from({ length: 8 }, (_, place) => ({
    name: `SETTING_${place}`,
    value: `value of ${place} ${'x'.repeat(40)}`,
  }));
  const spec = { nodeName: `node-${index % 200}`, containers: [{ name: 'app', image: 'registry.example/app:1', env }] };
  return JSON.stringify({ metadata, spec, status: { phase: 'Running' } });
}

/** Seen failing with the objects kept until the end of the list: 425 MiB. */
describe('F07 a list of 150,000 pods whose token expires on the way', () => {
  let server: LocalServer;
  let passes = 0;
  const queries: string[] = [];

  beforeAll(async () => {
    server = await startLocalServer((request, response) => {
      const query = new URL(request.url ?? '/', 'https://c').searchParams;
      queries.push(query.toString());
      void answer(query, response);
    });
  });
  afterAll(() => server.close());

  async function answer(query: URLSearchParams, response: ServerResponse): Promise<void> {
    response.setHeader('content-type', 'application/json');
    if (query.has('sendInitialEvents')) return refuse(response, 422);
    if (query.has('watch')) return void response.writeHead(200).flushHeaders();
    const from = Number(query.get('continue') ?? 0);
    if (from === 0) passes += 1;
    if (passes === 1 && from >= expiresAt) return refuse(response, 410);
    const end = Math.min(from + pageSize, pods);
    const more = end === pods ? '' : `,"continue":"${end}"`;
    response.write(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"900"${more}},"items":[`);
    for (let index = from; index < end; index += 1) {
      if (!response.write(`${index === from ? '' : ','}${podText(index)}`)) await once(response, 'drain');
    }
    response.end(']}');
  }

  function refuse(response: ServerResponse, code: number): void {
    response
      .writeHead(code)
      .end(JSON.stringify({ kind: 'Status', code, reason: code === 410 ? 'Expired' : 'Invalid' }));
  }

  it('is read anew to the end, within 400 MiB', async () => {
    const client = createClusterClient({ endpoint: server.endpoint, guard: server.guard });
    const controller = new AbortController();
    let puts = 0;
    let ended: WatchBatch | undefined;
    let peak = 0;
    const before = process.memoryUsage().rss;
    const running = runReflector({
      cluster: 'large',
      kind: podKind,
      connect: async () => client,
      identity: workerIdentity,
      clock: systemClock,
      pacing: createPacing({ clock: systemClock }),
      signal: controller.signal,
      sink: {
        position: async () => ({ resourceVersion: undefined, rows: 0 }),
        countUnseen: async () => ({ unseen: 0, rows: 0 }),
        changeState: async () => {},
        serves: async () => {},
        async store(batch) {
          puts += batch.puts.length;
          peak = Math.max(peak, process.memoryUsage().rss);
          if (batch.complete !== undefined) ended = batch;
          // As a database does, and not at once.
          await turn();
        },
      },
    });
    await waitFor('the end of the list', () => ended, { timeoutMs: 100_000 });
    expect(ended?.complete?.size).toBe(pods);
    expect(ended?.resourceVersion).toBe('900');
    expect(puts).toBe(pods + expiresAt);
    expect(queries.filter((query) => query === `limit=${pageSize}`)).toHaveLength(2);
    expect((peak - before) / mebibyte).toBeLessThanOrEqual(400);
    controller.abort();
    await running;
    await client.close();
  });
});
