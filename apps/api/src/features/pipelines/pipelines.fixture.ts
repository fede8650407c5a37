import { expect } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import type { Loop } from '../../platform/jobs/loop.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import type { SignedInClient, TestApp } from '../../testing/test-app.ts';
import { signingKeyOf } from './hook-secret.ts';
import { startPipelineLoops } from './pipelines.jobs.ts';
import { signWebhook } from './sign-webhook.ts';

export type Body = Record<string, unknown>;
type Tier = 'production' | 'staging';

/** A port where nobody listens, which a test app must be allowed to dial: a cluster that does not answer. */
export const silentPort = 1;

/** A project with one application that was deployed once, in a cluster that does not answer. */
export type Shop = {
  projectId: string;
  project: string;
  applicationId: string;
  environmentId: string;
  environment: string;
  call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, payload?: object): Promise<Body>;
  /** Releases of the environment, newest first. */
  releases(): Promise<{ id: string; number: number; state: string; images: Record<string, { reference: string }> }[]>;
  /** Ends what is on its way, and lets its time to rest pass, so that the next one can start. */
  finish(state: 'succeeded' | 'failed' | 'aborted'): Promise<void>;
  /** Waits until nothing is left to process, and gives the newest candidates. */
  candidates(): Promise<Body[]>;
};

let serial = 0;

export async function createShop(
  test: TestApp,
  owner: SignedInClient,
  options: { tier?: Tier; repository?: string } = {},
): Promise<Shop> {
  serial += 1;
  const call: Shop['call'] = async (method, url, payload) => {
    const { status, body } = await owner.request({ method, url, ...(payload === undefined ? {} : { payload }) });
    if (status >= 300) throw new Error(`${method} ${url} answered ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const cluster = `shop-${serial}`;
  await call('POST', '/clusters', {
    slug: cluster,
    access: { kind: 'token', server: `https://127.0.0.1:${silentPort}`, token: 'none' },
    acceptUnverified: true,
    renewing: false,
  });
  await test.database.pool.query("UPDATE clusters_cluster SET state = 'connected', state_reason = NULL");
  const project = `shop-${serial}`;
  const { id: projectId } = await call('POST', '/projects', { slug: project });
  const environment = options.tier === 'production' ? 'prod' : 'staging';
  const made = await call('POST', '/applications', {
    projectId,
    slug: 'web',
    environments: [
      {
        name: environment,
        tier: options.tier ?? 'staging',
        rules: [{ selector: { cluster }, namespace: `ns-${serial}` }],
      },
    ],
  });
  const environmentId = (made.environments as { environmentId: string }[])[0]?.environmentId ?? '';
  const templates = (await call('GET', '/templates')).items as { latestVersionId: string; name: string }[];
  await call('POST', '/releases', {
    applicationId: made.id,
    environmentId,
    templateVersionId: templates.find(({ name }) => name === 'web-service')?.latestVersionId,
    images: { main: `${options.repository ?? 'registry.example.com/shop/web'}:0.9.0` },
    parameters: { replicas: 2 },
  });
  const place = `application=${made.id}&environment=${environmentId}`;
  const shop: Shop = {
    projectId: String(projectId),
    project,
    applicationId: String(made.id),
    environmentId,
    environment,
    call,
    releases: async () => (await call('GET', `/releases?${place}`)).items as Awaited<ReturnType<Shop['releases']>>,
    async finish(state) {
      await test.database.pool.query(
        `UPDATE release SET state = $2, ended_at = now(), created_at = created_at - interval '1 minute' WHERE state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused') AND app_environment_id =
           (SELECT id FROM app_environment WHERE application_id = $1)`,
        [toUuid(String(made.id)), state],
      );
      test.database.pool.notify('quarterdeck_jobs', '{"queue":"run.execute"}');
    },
    async candidates() {
      await expect.poll(async () => (await call('GET', `/deliveries?project=${project}&state=received`)).total).toBe(0);
      return (await call('GET', `/candidates?${place}`)).items as Body[];
    },
  };
  await shop.finish('succeeded');
  return shop;
}

/** What a worker runs for this feature, on the same database. */
export function startWork(test: TestApp): { stop(): Promise<void> } {
  const { database, pipelinesFeature } = test.composition;
  const logger = createLogger({ level: 'silent' });
  const loops: Loop[] = startPipelineLoops({ database, work: pipelinesFeature.work, logger });
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

export type TestHook = { id: string; secret: string; path: string };

/** Posts to a hook as its sender does: no cookie, no origin, raw bytes. */
export async function post(
  test: TestApp,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<{ status: number; body: Body }> {
  const response = await test.app.inject({
    method: 'POST',
    url: path,
    payload: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.statusCode, body: response.payload === '' ? {} : (response.json() as Body) };
}

/** The headers of a delivery that GitLab signs. */
export function signed(secret: string, body: unknown, change: { id?: string; at?: Date } = {}): Record<string, string> {
  serial += 1;
  const id = change.id ?? `msg_${serial}`;
  const timestamp = String(Math.floor((change.at ?? new Date()).getTime() / 1000));
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const signature = signWebhook(signingKeyOf(secret), { id, timestamp, body: bytes });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}

/** A hook, made as a person makes it. */
export async function makeHook(shop: Shop, input: Body): Promise<TestHook> {
  const made = (await shop.call('POST', '/hooks', { projectId: shop.projectId, ...input })) as {
    hook: { id: string; url: string };
    secret: string;
  };
  return { id: made.hook.id, secret: made.secret, path: new URL(made.hook.url).pathname };
}
