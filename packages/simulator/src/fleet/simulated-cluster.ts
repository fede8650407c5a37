import { randomBytes } from 'node:crypto';
import { createAuthorizer } from '../access/rbac.ts';
import { createTokens } from '../access/tokens.ts';
import { createDue } from '../controllers/due.ts';
import { runControllers } from '../controllers/run-controllers.ts';
import { createKindRegistry, type KindRegistry } from '../objects/kind-registry.ts';
import { qualified } from '../objects/kinds.ts';
import { createObjectStore } from '../objects/store.ts';
import { known } from '../objects/well-known.ts';
import { type ApiServer, startApiServer } from '../server/api-server.ts';
import { createServerIdentity } from '../server/certificates.ts';
import { createWrites, type Writes } from '../server/writes.ts';
import { readClusterFile, writeClusterFile } from './cluster-file.ts';
import { seedBasics } from './seed-basics.ts';

export type SimulatedCluster = {
  name: string;
  server: string;
  port: number;
  caPem: string;
  /** Issues client certificates that the cluster accepts. */
  caKeyPem: string;
  adminToken: string;
  /** A kubeconfig that may do everything. */
  adminKubeconfig: string;
  /** A token of a service account, as TokenRequest gives it. @throws Error for an account that is not there */
  issueToken(namespace: string, name: string, seconds: number): string;
  /** Forgets the history of changes, so that older watches get 410. */
  compact(): void;
  /** Nobody is listening any more, open connections break; everything else goes on. */
  stopApiServer(): Promise<void>;
  /** On the same port again. */
  startApiServer(): Promise<void>;
  stop(): Promise<void>;
};

export type SimulatedClusterOptions = {
  name: string;
  port?: number;
  seed?: string;
  /** Where the cluster is kept; nothing is kept without. */
  file?: string;
  /** Fills a new cluster. */
  populate?: (writes: Writes, registry: KindRegistry) => void;
  now?: () => Date;
  /** Installs a metrics server; none unless told. */
  hasMetrics?: boolean;
  /**
   * Speaks HTTP/2 besides HTTP/1.1, as every API server does. Not unless told: Node's own server for it has ended
   * processes by a segmentation fault, and the demo fleet lives in that of the product.
   */
  speaksHttp2?: boolean;
};

const saveMs = 5000;

/** Starts a Kubernetes API server with controllers in this process, on loopback. */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { name, file, seed = 'demo', now = () => new Date() } = options;
  const { hasMetrics = false, speaksHttp2 = false } = options;
  const kept = file === undefined ? undefined : await readClusterFile(file);
  const identity = kept?.identity ?? (await createServerIdentity(`${name} demo`));
  const adminToken = kept?.adminToken ?? randomBytes(24).toString('base64url');
  // Never a step back, and a restart leaves a gap: watches from before get 410.
  const firstVersion = Math.max(Math.floor(now().getTime() / 1000) * 1000, (kept?.version ?? 0) + 1000);
  const store = createObjectStore({ firstVersion, now: () => now().getTime() });
  const authorizer = createAuthorizer(store);
  const registry = createKindRegistry(store);
  const writes = createWrites({ store, authorizer, registry, now });
  const due = createDue();
  // What definitions made comes after the definitions.
  const rest = (kept?.objects ?? []).toSorted((a, b) => Number(isDefinitions(b.kind)) - Number(isDefinitions(a.kind)));
  for (const { kind: text, objects } of rest) {
    const kind = registry.all().find((each) => qualified(each) === text);
    if (kind !== undefined) store.restore(kind, objects);
  }
  const stopControllers = runControllers({ store, writes, due, now, registry });
  if (kept === undefined) {
    seedBasics(writes);
    options.populate?.(writes, registry);
  }
  const admin = { token: adminToken, user: { name: `${name}-admin`, groups: ['system:masters'] } };
  const tokens = createTokens({ store, admin, key: identity.keyPem, now });
  const open = (port: number) =>
    startApiServer({ store, writes, tokens, authorizer, registry, identity, seed, now, hasMetrics, speaksHttp2 }, port);
  let api: ApiServer | undefined = await open(options.port ?? 0);
  const { port } = api;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();
  function save(): Promise<void> {
    timer = undefined;
    if (file === undefined) return saving;
    const objects = store.all().map(({ kind, objects: each }) => ({ kind: qualified(kind), objects: each }));
    saving = saving.then(() => writeClusterFile(file, { version: store.version(), identity, adminToken, objects }));
    return saving;
  }
  const unlisten = store.listen(({ kind }) => {
    // A failed save shows at stop, or at the next one that works. Leases are renewed all the time and worth nothing later.
    if (file !== undefined && kind !== known.leases)
      timer ??= setTimeout(() => void save().catch(() => undefined), saveMs);
  });
  const server = `https://127.0.0.1:${port}`;
  return {
    name,
    server,
    port,
    caPem: identity.caPem,
    caKeyPem: identity.caKeyPem,
    adminToken,
    adminKubeconfig: kubeconfig(name, server, identity.caPem, adminToken),
    issueToken(namespace, account, seconds) {
      const found = store.get(known.serviceAccounts, namespace, account);
      if (found === undefined) throw new Error(`${name} has no service account ${namespace}/${account}.`);
      return tokens.issue(found, seconds).token;
    },
    compact: () => store.compact(),
    async stopApiServer() {
      const running = api;
      api = undefined;
      await running?.close();
    },
    async startApiServer() {
      api ??= await open(port);
    },
    async stop() {
      stopControllers();
      unlisten();
      clearTimeout(timer);
      await api?.close();
      await save();
    },
  };
}

function isDefinitions(kind: string): boolean {
  return kind === qualified(known.definitions);
}

function kubeconfig(name: string, server: string, caPem: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } }],
    users: [{ name: `${name}-admin`, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
  });
}
