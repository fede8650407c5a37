import {
  clustersIndexView,
  deliveriesView,
  drainView,
  inventoryObjectsView,
  releaseView,
} from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import {
  type ClusterEndpoint,
  createClusterClient,
  createManifestReader,
  type ManifestReader,
} from '@quarterdeck/kubernetes';
import { createAddressGuard, createOutboundClient } from '@quarterdeck/outbound';
import { composeDelivery, type Delivery } from './compose-delivery.ts';
import type { Config } from './config.ts';
import { type Access, type AskCluster, createAccess } from './features/access/index.ts';
import { type Audit, createAudit } from './features/audit/index.ts';
import {
  type ClusterCredentials,
  type ClusterFacts,
  type ClusterRecord,
  type Clusters,
  type ClustersStore,
  type Connections,
  clustersIndexSource,
  createAskCluster,
  createClusterCredentials,
  createClusterHistory,
  createClusters,
  createClustersStore,
  createConnections,
  createHistoryStore,
  createKubeconfigs,
  createManifestOfCluster,
  createOnboarding,
  createProjectNamespaces,
  createProxyRecords,
  createRegistrar,
  type HistoryStore,
  type Kubeconfigs,
  type ManifestOfCluster,
  type Onboarding,
  type ProjectNamespaces,
  type ProxyRecords,
  type ReadClusterHistory,
  type Registrar,
  type RemovalGuard,
} from './features/clusters/index.ts';
import {
  type Accounts,
  composeAccounts,
  createAutomationAccounts,
  createDirectory,
  createIdentity,
  createIdentityCookies,
  createRenewal,
  type Identity,
  type IdentityCookies,
  oidcHeaders,
} from './features/identity/index.ts';
import {
  type AccessSets,
  createAccessSets,
  createChangeFeed,
  createClusterFacts,
  createExport,
  createInventory,
  createInventoryReadModel,
  createInventoryStore,
  createKindRegistry,
  createLiveCursors,
  createObjectLines,
  createRbacStore,
  createStanding,
  createViews,
  createViewsStore,
  type ExportObjects,
  type Inventory,
  type InventoryStore,
  type KnownAccounts,
  objectsSource,
  type RbacStore,
  type Views,
} from './features/inventory/index.ts';
import { composePipelines, deliveriesSource, type PipelinesFeature } from './features/pipelines/index.ts';
import { releaseSource } from './features/releases/index.ts';
import {
  createDrains,
  createDrainsStore,
  createNodeDeeds,
  type Drains,
  type DrainsStore,
  drainSource,
  type NodeDeeds,
} from './features/scheduling/index.ts';
import {
  createDiagnoses,
  createFindCopies,
  createLiveObjects,
  createManifestApplies,
  createObjectActions,
  createObjectEdits,
  createOwnersOf,
  createPodLogs,
  createWorkloadLogs,
  createWorkloadRollouts,
  createWorkloadViews,
  type Diagnoses,
  type LiveObjects,
  type ManifestApplies,
  type ObjectActions,
  type ObjectEdits,
  type PodLogs,
  type WorkloadLogs,
  type WorkloadRollouts,
  type WorkloadViews,
} from './features/workloads/index.ts';
import type { Keyring } from './platform/crypto/keyring.ts';
import { type Cursors, createCursors } from './platform/cursor.ts';
import { createLiveHub, type LiveHub } from './platform/events/live-hub.ts';
import { createRevocations, type Revocations } from './platform/events/revocations.ts';
import { createRowWakes } from './platform/events/row-wakes.ts';
import { createStreamLimits, type StreamLimits } from './platform/events/stream-limits.ts';
import { createIdempotencyStore } from './platform/http/idempotency.store.ts';
import { portalSegments } from './platform/http/portal.ts';
import { toUuid } from './platform/ids.ts';
import { type Installation, loadInstallation } from './platform/installation.ts';
import { createMemory, type Memory } from './platform/recent.ts';
import type { Logger } from './platform/telemetry/logger.ts';

export type CompositionOptions = {
  config: Config;
  database: Database;
  keyring: Keyring;
  logger: Logger;
  /** Shortest time of a failed sign-in, ms; tests shorten it. */
  signInFloorMs?: number;
  /** How old answers may be that every list asks for, ms; tests that change rows behind our back remember nothing. */
  rememberMs?: number;
};

export type Composition = {
  config: Config;
  database: Database;
  logger: Logger;
  installation: Installation;
  /** What lists remember for a moment. */
  memory: Memory;
  cursors: Cursors;
  live: LiveHub;
  revocations: Revocations;
  streamLimits: StreamLimits;
  idempotency: ReturnType<typeof createIdempotencyStore>;
  audit: Audit;
  identity: Identity;
  cookies: IdentityCookies;
  access: Access;
  clusters: Clusters;
  clustersStore: ClustersStore;
  clusterFacts: ClusterFacts;
  clusterCredentials: ClusterCredentials;
  connections: Connections;
  onboarding: Onboarding;
  registrar: Registrar;
  kubeconfigs: Kubeconfigs;
  manifestOfCluster: ManifestOfCluster;
  historyStore: HistoryStore;
  readHistory: ReadClusterHistory;
  projectNamespaces: ProjectNamespaces;
  inventory: Inventory;
  exportInventory: ExportObjects;
  views: Views;
  inventoryStore: InventoryStore;
  rbacStore: RbacStore;
  accessSets: AccessSets;
  askCluster: AskCluster;
  podLogs: PodLogs;
  workloadLogs: WorkloadLogs;
  liveObjects: LiveObjects;
  diagnoses: Diagnoses;
  pipelinesFeature: PipelinesFeature;
  objectActions: ObjectActions;
  workloadRollouts: WorkloadRollouts;
  workloadViews: WorkloadViews;
  manifestReader: ManifestReader;
  objectEdits: ObjectEdits;
  manifestApplies: ManifestApplies;
  proxyRecords: ProxyRecords;
  nodeDeeds: NodeDeeds;
  drains: Drains;
  drainsStore: DrainsStore;
} & Accounts &
  Delivery;

/** The one place that builds stores and services and ties ports to what fills them. */
export async function compose(options: CompositionOptions): Promise<Composition> {
  const { config, database, keyring, logger } = options;
  const installation = await loadInstallation(database, keyring);
  const cursors = createCursors(installation.cursorKey);
  const memory = createMemory(options.rememberMs);
  const audit = createAudit({ database, cursors, fingerprint: installation.fingerprint });
  // Clusters stand to the right of access; explaining asks them once they are built.
  const cluster: { ask: AskCluster } = { ask: async () => ({ answer: 'unreachable' }) };
  const directory = createDirectory(database);
  const access = createAccess({
    database,
    audit,
    cursors,
    ports: {
      directory,
      addAutomationAccount: createAutomationAccounts(database),
      askCluster: (...question) => cluster.ask(...question),
    },
  });
  await access.start();
  const identity = await createIdentity({
    database,
    audit,
    cursors,
    envelopes: installation.envelopes,
    pepper: installation.pepper,
    outbound: createOutboundClient({
      guard: createAddressGuard({ allow: config.clusterAddressAllow }),
      allowedHeaders: oidcHeaders,
    }),
    ports: access,
    logger,
    loopback: config.loopback,
    publicOrigins: config.publicOrigins,
    pages: portalSegments,
    ...(options.signInFloorMs === undefined ? {} : { floorMs: options.signInFloorMs }),
  });
  const cookies = createIdentityCookies({ loopback: config.loopback });
  const accounts = composeAccounts({
    database,
    audit,
    identity,
    cookie: cookies.session,
    cursors,
    pepper: installation.pepper,
    ports: access,
    guard: createAddressGuard({ allow: config.clusterAddressAllow }),
    audience: config.publicOrigins[0] ?? '',
    logger,
  });
  const revocations = createRevocations({
    listen: database.listen,
    epoch: access.epoch,
    forget() {
      access.dropCopies();
      accounts.authentication.forget();
    },
    renew: createRenewal({ isAlive: accounts.authentication.isAlive, directory }),
    logger,
  });
  const streamLimits = createStreamLimits();
  const live = createLiveHub({
    authorizer: access,
    revocations,
    limits: streamLimits,
    sightOf: access.sightOf,
    logger,
  });
  const idempotency = createIdempotencyStore(database);
  // Applications stand to the right of clusters; they say which cluster must stay once they are built.
  const removal: { guard: RemovalGuard } = { guard: async () => undefined };
  const fleet = composeFleet({
    ...options,
    installation,
    audit,
    access,
    directory,
    cursors,
    memory,
    removalGuard: (id) => removal.guard(id),
  });
  cluster.ask = fleet.askCluster;
  const wakes = createRowWakes(database);
  const feed = createChangeFeed({ database, readModel: fleet.readModel, logger });
  live.register(clustersIndexView, clustersIndexSource({ clusters: fleet.clusters, wakes, logger }));
  live.register(
    inventoryObjectsView,
    objectsSource({
      inventory: fleet.inventory,
      feed,
      cursors: createLiveCursors({ cursors, readModel: fleet.readModel, feed }),
      wakes,
      logger,
    }),
  );
  // Registries are known to pipelines, to the right of releases.
  const registries: Pick<PipelinesFeature['registries'], 'accessTo'> = { accessTo: async () => ({}) };
  const delivery = composeDelivery({
    database,
    logger,
    access,
    audit,
    clusters: fleet.clusters,
    connections: fleet.connections,
    inventory: fleet.inventory,
    cursors,
    guard: createAddressGuard({ allow: config.clusterAddressAllow }),
    registryAccess: (projectId, host) => registries.accessTo(toUuid(projectId), host),
    installation: installation.name,
    helm: config.helm,
  });
  await delivery.templates.start();
  removal.guard = (clusterId) => delivery.applications.whyClusterStays(clusterId);
  live.register(releaseView, releaseSource({ releases: delivery.releases, rowWakes: wakes, feed, logger }));
  const pipelinesFeature = composePipelines({
    database,
    access,
    audit,
    cursors,
    envelopes: installation.envelopes,
    applications: delivery.applications,
    releases: delivery.releases,
    releasesStore: delivery.releasesStore,
    dependencies: delivery.dependencies,
    rowWakes: wakes,
    exchange: accounts.exchange,
    authenticateToken: accounts.authenticateToken,
    guard: createAddressGuard({ allow: config.clusterAddressAllow }),
    origin: config.publicOrigins[0] ?? '',
    logger,
  });
  registries.accessTo = pipelinesFeature.registries.accessTo;
  live.register(deliveriesView, deliveriesSource({ ...pipelinesFeature, rowWakes: wakes, logger }));
  const kubeconfigs = createKubeconfigs({
    access,
    tokens: accounts.tokens,
    store: fleet.clustersStore,
    publicOrigin: config.publicOrigins[0] ?? '',
    loopbackCaPem: config.loopbackTls?.caPem,
  });
  const podLogs = createPodLogs({ access, audit, connections: fleet.connections });
  const workloadLogs = createWorkloadLogs({
    access,
    audit,
    connections: fleet.connections,
    findCopies: createFindCopies({
      access,
      inventory: fleet.inventory,
      findCluster: (id) => fleet.clustersStore.findById(id),
    }),
    limits: streamLimits,
    logger,
  });
  const liveObjects = createLiveObjects({ access, connections: fleet.connections });
  const diagnoses = createDiagnoses({ access, connections: fleet.connections });
  const workloadViews = createWorkloadViews({ place: fleet.inventory.place });
  const proxyRecords = createProxyRecords({ access, audit, logger });
  const objectActions = createObjectActions({
    access,
    connections: fleet.connections,
    records: proxyRecords,
    place: fleet.inventory.place,
  });
  const workloadRollouts = createWorkloadRollouts({
    access,
    connections: fleet.connections,
    actions: objectActions,
    findRelease: delivery.findOwningRelease,
    releaseFieldManager: delivery.releaseFieldManager,
  });
  const manifestReader = createManifestReader();
  const editing = {
    access,
    connections: fleet.connections,
    records: proxyRecords,
    reader: manifestReader,
    ownersOf: createOwnersOf({
      findRelease: delivery.findOwningRelease,
      releaseFieldManager: delivery.releaseFieldManager,
    }),
    fieldManager: `quarterdeck-editor.${installation.name}`,
  };
  const objectEdits = createObjectEdits(editing);
  const manifestApplies = createManifestApplies(editing);
  const drainsStore = createDrainsStore(database);
  const nodeDeeds = createNodeDeeds({
    access,
    connections: fleet.connections,
    records: proxyRecords,
    store: drainsStore,
  });
  const drains = createDrains({
    access,
    connections: fleet.connections,
    clusters: fleet.clustersStore,
    store: drainsStore,
  });
  live.register(drainView, drainSource({ drains, rowWakes: wakes, logger }));
  return {
    config,
    database,
    logger,
    installation,
    memory,
    cursors,
    live,
    revocations,
    streamLimits,
    idempotency,
    audit,
    identity,
    cookies,
    ...accounts,
    access,
    ...fleet,
    ...delivery,
    kubeconfigs,
    podLogs,
    workloadLogs,
    liveObjects,
    diagnoses,
    pipelinesFeature,
    objectActions,
    workloadRollouts,
    workloadViews,
    manifestReader,
    objectEdits,
    manifestApplies,
    proxyRecords,
    nodeDeeds,
    drains,
    drainsStore,
  };
}

/** Clusters and what is in them. The inventory stands to the right of clusters, so it fills its ports here. */
function composeFleet(
  deps: CompositionOptions & {
    installation: Installation;
    audit: Audit;
    access: Access;
    directory: KnownAccounts;
    cursors: Cursors;
    memory: Memory;
    removalGuard: RemovalGuard;
  },
) {
  const { config, database, installation, audit, access, cursors, memory } = deps;
  const guard = createAddressGuard({ allow: config.clusterAddressAllow });
  const createClient = (endpoint: ClusterEndpoint) => createClusterClient({ endpoint, guard });
  const clustersStore = createClustersStore(database);
  const credentials = createClusterCredentials({ store: clustersStore, envelopes: installation.envelopes });
  const recent = memory.recent<ClusterRecord | undefined>();
  database.listen('quarterdeck_rows', (payload) => {
    if (payload?.includes('clusters.index') !== false) recent.forget();
  });
  const connections = createConnections({ store: clustersStore, credentials, createClient, recent });
  const kinds = createKindRegistry(database);
  const readModel = createInventoryReadModel(database, kinds);
  const askCluster = createAskCluster(connections);
  const rbacStore = createRbacStore(database, kinds);
  const accessSets = createAccessSets({ database, access, rbac: rbacStore, ask: askCluster });
  const clusterFacts = createClusterFacts({ store: clustersStore, readModel, kinds, sets: accessSets });
  const clusters = createClusters({
    database,
    access,
    store: clustersStore,
    credentials,
    connections,
    facts: clusterFacts,
    removalGuard: deps.removalGuard,
  });
  const historyStore = createHistoryStore(database);
  const readHistory = createClusterHistory({ access, store: historyStore, facts: clusterFacts });
  const onboarding = createOnboarding({
    installation: installation.name,
    guard,
    allowedProxies: config.clusterProxyAllow,
    createClient,
  });
  const registrar = createRegistrar({ access, audit, store: clustersStore, credentials, connections, onboarding });
  const manifestOfCluster = createManifestOfCluster({
    access,
    store: clustersStore,
    connections,
    installation: installation.name,
  });
  const projectNamespaces = createProjectNamespaces({
    database,
    access,
    audit,
    store: clustersStore,
    connections,
    installation: installation.name,
  });
  const views = createViews({ access, accounts: deps.directory, store: createViewsStore(database) });
  const standing = createStanding({ clusters, readModel, memory, listen: database.listen });
  const inventory = createInventory({
    sets: accessSets,
    standing,
    readModel,
    kinds,
    findClusterSet: views.clusterSet,
    cursors,
    memory,
  });
  const lines = createObjectLines({ database, conditionsOf: readModel.conditionsOf });
  const exportInventory = createExport({ inventory, lines, access, audit });
  const inventoryStore = createInventoryStore(database, kinds);
  return {
    clusters,
    clustersStore,
    clusterFacts,
    clusterCredentials: credentials,
    connections,
    onboarding,
    registrar,
    manifestOfCluster,
    historyStore,
    readHistory,
    projectNamespaces,
    readModel,
    inventory,
    exportInventory,
    views,
    inventoryStore,
    rbacStore,
    accessSets,
    askCluster,
  };
}
