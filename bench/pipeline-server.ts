import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, startTestPostgres, type TestDatabase } from '@quarterdeck/database/testing';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import type { GitLabServer } from '../apps/api/src/features/pipelines/gitlab-server.fixture.ts';
import {
  createShop,
  makeHook,
  type Shop,
  silentPort,
  startWork,
} from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { claimAsOwner, type TestApp } from '../apps/api/src/testing/test-app.ts';
import { percentile } from './result.ts';

type Hook = { path: string; secret: string };

export type PipelineServer = {
  app: TestApp['app'];
  database: TestDatabase;
  shop: Shop;
  gitlab: Hook;
  registry: Hook;
  /** Answers over HTTP; a body that is an object goes as JSON, bytes as they are. */
  get(path: string): Promise<Response>;
  send(path: string, body: object | Buffer, headers: Record<string, string>): Promise<Response>;
  /** Deploys an image of `shop/web` once its pipeline of GitLab project 22 is there too. */
  addTrigger(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * The product over HTTP with a worker for its pipelines: one application, hooks of a GitLab and of a registry.
 * @param options.gitlab one that answers, which then is told; @param options.ports what else may be dialled
 */
export async function startPipelineServer(
  options: { gitlab?: GitLabServer & { accessToken: string }; ports?: readonly number[] } = {},
): Promise<PipelineServer> {
  const { gitlab, ports = [] } = options;
  const { postgres, server } = await startTestPostgres();
  const database = await createTestDatabase(postgres);
  const composition = await compose({
    config: {
      ...parseConfig({}, []),
      clusterAddressAllow: [silentPort, ...ports].map((port) => `127.0.0.1/32:${port}`),
    },
    database,
    keyring: parseKeyring(newKeyringText(randomBytes, 'bench')),
    logger: createLogger({ level: 'silent' }),
    signInFloorMs: 0,
  });
  const app = await createApp(composition);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const test: TestApp = { app, database, composition, logged: [], close: () => app.close() };
  const owner = await claimAsOwner(test);
  const work = startWork(test);
  const shop = await createShop(test, owner);
  const { id } = await shop.call('POST', '/pipeline-connections', {
    kind: 'gitlab',
    projectId: shop.projectId,
    name: 'gitlab',
    ...(gitlab === undefined
      ? { url: `https://127.0.0.1:${silentPort}` }
      : { url: gitlab.origin, caPem: gitlab.caPem, token: gitlab.accessToken }),
  });
  const connectionId = String(id);
  const host = `127.0.0.1:${silentPort}`;
  return {
    app,
    database,
    shop,
    gitlab: await makeHook(shop, { source: 'gitlab', name: 'gitlab', connectionId }),
    registry: await makeHook(shop, { source: 'distribution', name: 'registry', registry: host }),
    get: (path) => fetch(`${origin}${path}`),
    send: (path, body, headers) =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body),
      }),
    async addTrigger() {
      await shop.call('POST', '/deploy-triggers', {
        applicationId: shop.applicationId,
        environmentId: shop.environmentId,
        repository: `${host}/shop/web`,
        requires: 'build_and_image',
        connectionId,
        gitlabProjectId: 22,
      });
    },
    async stop() {
      await work.stop();
      await app.close();
      await composition.connections.close();
      await database.drop();
      await server.stop();
    },
  };
}

/**
 * Asks `count` times evenly over `overMs`, whether or not those before have been answered.
 * @returns ms from the moment at which each was due
 */
export async function paced(count: number, overMs: number, ask: (n: number) => Promise<Response>): Promise<number[]> {
  const started = performance.now();
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const due = started + (n * overMs) / count;
      await wait(Math.max(0, due - performance.now()));
      const response = await ask(n);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return performance.now() - due;
    }),
  );
}

/** A table of times in ms, a row a name. */
export function printTimes(rows: Readonly<Record<string, readonly number[]>>): void {
  process.stdout.write(`${' '.repeat(34)}  p50, ms   p95, ms   p99, ms   max, ms\n`);
  for (const [name, times] of Object.entries(rows)) {
    const cells = [0.5, 0.95, 0.99, 1].map((share) => percentile(times, share).toFixed(1).padStart(10));
    process.stdout.write(`${name.padEnd(34)}${cells.join('')}\n`);
  }
}
