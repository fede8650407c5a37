import { randomBytes } from 'node:crypto';
import {
  createApplication,
  createProject,
  createRelease,
  listProjects,
  listTemplates,
  registerCluster,
  summarizeInventory,
} from '@quarterdeck/contracts';
import { createDatabase, type Database } from '@quarterdeck/database';
import { type FaultPostgres, startFaultPostgres } from '@quarterdeck/database/testing';
import {
  type AuditedWrite,
  type Cluster,
  claimProduct,
  type Fleet,
  makeDataFolder,
  type Owner,
  type Product,
  readAuditLog,
  removeDataFolder,
  startControlPlanes,
  startProduct,
  waitFor,
} from '@quarterdeck/testing';
import { newKeyringText } from '../apps/api/src/platform/crypto/keyring.ts';
import { usageOf } from './usage.ts';

/** What the controllers of the test clusters may ask of their API server; with their default of 20 they are the slow part. */
const controllerQps = 500;

export type DeliveryOptions = {
  /** Real control planes; 3 unless told. */
  clusters?: number;
  /** KWOK nodes in each. */
  nodes?: number;
  /** Teams that the applications of `deploy` belong to in turn, each with a namespace of its own; 1 unless told. */
  projects?: number;
  /** What the product may dial besides the clusters: `127.0.0.1/32:5000`. */
  addresses?: readonly string[];
  /** Where the product dials each cluster, when not directly: a fault proxy. */
  through?: (cluster: Cluster) => Promise<{ server: string; kubeconfig: string }>;
};

export type Deployed = { applicationId: string; environmentId: string; releaseId: string };

/** The product as a company runs it, a server and workers on their PostgreSQL, before real control planes. */
export type DeliveryFleet = {
  fleet: Fleet;
  /** Registered by their names, with an environment `env-<name>` each. */
  clusters: Cluster[];
  postgres: FaultPostgres;
  database: Database;
  /** What workers of its own need, beside the address of PostgreSQL. */
  keyring: string;
  addressAllow: string[];
  server: Product;
  owner: Owner;
  projectId: string;
  /** Newest published version of a built-in template. */
  template(name: string): string;
  /** @param options.clockMs how far its clock is off */
  startWorker(options?: { clockMs?: number }): Promise<Product>;
  /** Resident memory, bytes, and CPU, s, of processes of the product together; memory also of each. */
  usage(products: readonly Product[]): Promise<{ rssBytes: number; cpuSeconds: number; bytesOfEach: number[] }>;
  /** An application in one cluster's environment, with its first release. */
  deploy(
    slug: string,
    cluster: Cluster,
    release: { template: string; images?: object; parameters: object },
  ): Promise<Deployed>;
  /** Writes to all clusters by the product, by the API servers' own audit logs; dry runs left out. */
  writes(): Promise<(AuditedWrite & { cluster: string })[]>;
  stop(): Promise<void>;
};

export const benchNamespace = 'bench';

export async function startDeliveryFleet(options: DeliveryOptions = {}): Promise<DeliveryFleet> {
  const { clusters: count = 3, nodes = 1, projects = 1, addresses = [], through } = options;
  const [fleet, postgres, folder] = await Promise.all([
    startControlPlanes({ count, nodes, audit: true }),
    startFaultPostgres(),
    makeDataFolder(),
  ]);
  const { clusters } = fleet;
  process.stdout.write(
    `${count} control planes, ${nodes} nodes each; controller-manager and scheduler with --kube-api-qps=${controllerQps}\n`,
  );
  const reached = await Promise.all(clusters.map((cluster) => through?.(cluster) ?? cluster));
  const keyring = newKeyringText(randomBytes, 'bench');
  const addressAllow = [...reached.map(({ server }) => `127.0.0.1/32:${new URL(server).port}`), ...addresses];
  const env = {
    DATABASE_URL: postgres.url(),
    QUARTERDECK_KEYRING: keyring,
    QUARTERDECK_CLUSTER_ADDRESS_ALLOW: addressAllow.join(','),
    QUARTERDECK_LOG_LEVEL: 'info',
  };
  const started: Product[] = [];
  const start = async (program: 'server' | 'worker', more: Record<string, string> = {}) => {
    const product = await startProduct({ program, dataDir: folder, env: { ...env, ...more } });
    started.push(product);
    await product.ready();
    return product;
  };
  const server = await start('server');
  await waitFor('the setup code', () => server.output().includes('Setup code:'));
  const owner = await claimProduct(server);
  for (const [index, { name }] of clusters.entries()) {
    const access = { kind: 'kubeconfig', kubeconfig: reached[index]?.kubeconfig ?? '' } as const;
    await owner.call(registerCluster, { body: { slug: name, access, bootstrap: true } });
  }
  const projectId = (await owner.call(listProjects, {})).items[0]?.id ?? '';
  const teams = [{ id: projectId, namespace: benchNamespace }];
  for (let team = 1; team < projects; team += 1) {
    const { id } = await owner.call(createProject, { body: { slug: `team-${team}` } });
    teams.push({ id, namespace: `${benchNamespace}-${team}` });
  }
  const templates = new Map(
    (await owner.call(listTemplates, {})).items.map(({ name, latestVersionId }) => [name, latestVersionId ?? '']),
  );
  const database = createDatabase({ url: postgres.url(), maxConnections: 2 });
  /** Of each team's environment in a cluster, once its first application made it. */
  const environments = new Map<string, Promise<string>>();
  let made = 0;

  async function createIn(cluster: Cluster, slug: string): Promise<{ applicationId: string; environmentId: string }> {
    const team = teams[made % teams.length] as (typeof teams)[number];
    made += 1;
    const key = `${team.id} ${cluster.name}`;
    const known = environments.get(key);
    const rules = [{ selector: { cluster: cluster.name }, namespace: team.namespace }];
    const environment =
      known === undefined
        ? ({ name: `env-${cluster.name}`, tier: 'test', rules } as const)
        : { environmentId: await known };
    const creating = owner.call(createApplication, { body: { projectId: team.id, slug, environments: [environment] } });
    if (known === undefined)
      environments.set(
        key,
        creating.then((application) => application.environments[0]?.environmentId ?? ''),
      );
    const { id, environments: places } = await creating;
    return { applicationId: id, environmentId: places[0]?.environmentId ?? '' };
  }

  return {
    fleet,
    clusters,
    postgres,
    database,
    keyring,
    addressAllow,
    server,
    owner,
    projectId,
    template: (name) => templates.get(name) ?? '',
    async startWorker({ clockMs = 0 } = {}) {
      const worker = await start('worker', clockMs === 0 ? {} : { NODE_OPTIONS: `--import ${shiftedClock(clockMs)}` });
      // Whose clock is off joins others that are in sync, or are not for a reason of the bench's own.
      if (clockMs !== 0) return worker;
      await waitFor(
        'all clusters to be in sync',
        async () => {
          const seen = await owner.call(summarizeInventory, {});
          return seen.clusters.length === count && seen.clusters.every(({ state }) => state === 'live');
        },
        { timeoutMs: 60_000 },
      );
      return worker;
    },
    async usage(products) {
      const all = await Promise.all(products.map(({ pid }) => usageOf(pid)));
      return {
        rssBytes: all.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
        cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
        bytesOfEach: all.map(({ rssBytes }) => rssBytes),
      };
    },
    async deploy(slug, cluster, { template, images = {}, parameters }) {
      const place = await createIn(cluster, slug);
      const body = {
        ...place,
        templateVersionId: templates.get(template) ?? '',
        images: images as Record<string, string>,
        parameters: parameters as Record<string, unknown>,
      };
      const release = await owner.call(createRelease, { body }, { idempotencyKey: `deploy-${slug}` });
      return { ...place, releaseId: release.id };
    },
    async writes() {
      const all = await Promise.all(
        fleet.data.clusters.map(async (data) =>
          (await readAuditLog(data)).map((write) => ({ ...write, cluster: data.name })),
        ),
      );
      return all.flat().filter(({ isDryRun }) => !isDryRun);
    },
    async stop() {
      await Promise.all(started.map((product) => product.stop()));
      await database.close();
      await postgres.remove();
      await removeDataFolder(folder);
      await fleet.stop();
    },
  };
}

/** The clock of a host that runs ahead or behind, as its programs see it. */
function shiftedClock(ms: number): string {
  const code = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { if (given.length === 0) super(Real.now() + ${ms}); else super(...given); }
    static now() { return Real.now() + ${ms}; }
  };`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** Works through `items`, so many at a time. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items].reverse();
  const lane = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
