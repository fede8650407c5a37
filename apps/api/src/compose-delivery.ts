import type { Database } from '@quarterdeck/database';
import { type AddressGuard, createOutboundClient } from '@quarterdeck/outbound';
import { createRegistryClient, type RegistryAccess, registryHeaders } from '@quarterdeck/registry';
import type { Access } from './features/access/index.ts';
import {
  createApplications,
  createApplicationsStore,
  createDeclaredDependencies,
  createDeliveryRules,
  createDeliveryRulesStore,
  createDependenciesStore,
  createTargetSelections,
  createTargetSelectorStore,
} from './features/applications/index.ts';
import type { Audit } from './features/audit/index.ts';
import type { Clusters, Connections } from './features/clusters/index.ts';
import type { Inventory } from './features/inventory/index.ts';
import {
  createApprovals,
  createAutomaticReleases,
  createCatchUps,
  createCompareDrift,
  createCompareReleases,
  createConfirmPrune,
  createDecisions,
  createDrift,
  createDriftReadModel,
  createDriftStore,
  createEvacuations,
  createEvacuationsStore,
  createFindOwningRelease,
  createFingerprints,
  createImageResolver,
  createLeftObjectsStore,
  createLeftovers,
  createMachineStore,
  createPreflight,
  createPutRelease,
  createQuestionsStore,
  createReadCapacity,
  createReadPlatforms,
  createReleaseMachine,
  createReleases,
  createReleasesReadModel,
  createReleasesStore,
  createRenderLike,
  createRunsStore,
  createTakeBack,
  createTargetFacts,
  createUnwell,
  createUpgradeReleases,
  createWaitingPlans,
} from './features/releases/index.ts';
import {
  createChartImport,
  createHelm,
  createParameters,
  createParametersStore,
  createTemplates,
  createTemplatesStore,
  createTemplateWriter,
} from './features/templates/index.ts';
import type { Cursors } from './platform/cursor.ts';
import type { Logger } from './platform/telemetry/logger.ts';

export type Delivery = ReturnType<typeof composeDelivery>;

/** Applications, templates and releases, and what they fill in for each other. */
export function composeDelivery(deps: {
  database: Database;
  logger: Logger;
  access: Access;
  audit: Audit;
  clusters: Clusters;
  connections: Connections;
  inventory: Inventory;
  cursors: Cursors;
  guard: AddressGuard;
  /** What a project has to ask a registry with. */
  registryAccess: (projectId: string, host: string) => Promise<RegistryAccess>;
  /** Eight characters: part of our field manager in member clusters. */
  installation: string;
  /** Path of the helm that charts are imported with. */
  helm: string | undefined;
}) {
  const { database, logger, access, audit, clusters, connections, inventory, cursors } = deps;
  const fieldManager = `quarterdeck-release.${deps.installation}`;
  const templatesStore = createTemplatesStore(database);
  const templates = createTemplates({ database, access, store: templatesStore, logger });
  const templateWriter = createTemplateWriter({ access, templates, store: templatesStore });
  const chartImport = createChartImport({
    templateWriter,
    helm: deps.helm === undefined ? undefined : createHelm(deps.helm),
  });
  const releasesStore = createReleasesStore(database);
  const runsStore = createRunsStore(database);
  const leftObjectsStore = createLeftObjectsStore(database);
  const machineStore = createMachineStore(database);
  const driftStore = createDriftStore(database);
  const driftReadModel = createDriftReadModel({ driftStore, clusters });
  const dependenciesStore = createDependenciesStore(database);
  const applicationsStore = createApplicationsStore(database);
  const applications = createApplications({
    access,
    clusters,
    store: applicationsStore,
    dependencies: dependenciesStore,
    cursors,
    facts: createTargetFacts(releasesStore, machineStore, driftReadModel),
    database,
  });
  const targetSelections = createTargetSelections({
    access,
    store: createTargetSelectorStore(database),
    applications: applicationsStore,
  });
  const dependencies = createDeclaredDependencies({ access, applications, clusters, store: dependenciesStore });
  const parameters = createParameters({
    access,
    applications,
    templates,
    store: createParametersStore(database),
  });
  const questions = createQuestionsStore(database);
  const deliveryRules = createDeliveryRules({
    access,
    store: createDeliveryRulesStore(database),
    freezesChanged: machineStore.wakeHeld,
  });
  const automaticReleases = createAutomaticReleases({ store: releasesStore, machineStore, audit });
  const releaseMachine = createReleaseMachine({
    database,
    access,
    audit,
    clusters,
    rules: deliveryRules,
    store: releasesStore,
    machineStore,
    runs: runsStore,
    automatic: automaticReleases,
    questions,
    unwell: createUnwell({
      store: releasesStore,
      inventory,
      slugOf: async (clusterId) => (await clusters.records()).find(({ id }) => id === clusterId)?.slug ?? '',
    }),
  });
  const readModel = createReleasesReadModel({
    store: releasesStore,
    machineStore,
    machine: releaseMachine,
    inventory,
    clusters,
    questions,
    left: leftObjectsStore,
  });
  const door = createPutRelease({ access, clusters, templates, store: releasesStore, machine: releaseMachine });
  const images = createImageResolver({
    client: createRegistryClient({
      outbound: createOutboundClient({ guard: deps.guard, allowedHeaders: registryHeaders }),
    }),
    accessTo: deps.registryAccess,
  });
  const readCapacity = createReadCapacity({ inventory });
  const releases = createReleases({
    access,
    applications,
    dependencies,
    parameters,
    clusters,
    connections,
    store: releasesStore,
    machine: releaseMachine,
    rules: deliveryRules,
    readModel,
    cursors,
    door,
    images,
    questions,
    machineStore,
    platforms: createReadPlatforms({ images, inventory }),
    readCapacity,
    fieldManager,
  });
  const evacuationsStore = createEvacuationsStore(database);
  const renderLike = createRenderLike({ templates, clusters });
  const fingerprints = createFingerprints();
  const compareDrift = createCompareDrift({
    access,
    connections,
    store: releasesStore,
    driftStore,
    questions,
    fingerprints,
    fieldManager,
  });
  return {
    driftStore,
    fingerprints,
    compareDrift,
    upgradeReleases: createUpgradeReleases({
      access,
      applications,
      clusters,
      templates,
      releases,
      store: releasesStore,
      logger,
    }),
    compareReleases: createCompareReleases({
      access,
      applications,
      parameters,
      clusters,
      store: releasesStore,
      driftStore,
      releases,
    }),
    evacuations: createEvacuations({
      access,
      applications,
      dependencies,
      renderLike,
      clusters,
      inventory,
      database: database.pool,
      store: releasesStore,
      machineStore,
      driftStore,
      evacuationsStore,
      door,
      releases,
    }),
    drift: createDrift({ access, applications, driftStore, driftReadModel, compareDrift }),
    takeBack: createTakeBack({
      access,
      applications,
      rules: deliveryRules,
      store: releasesStore,
      driftStore,
      door,
      releases,
    }),
    templates,
    templateWriter,
    chartImport,
    parameters,
    applications,
    dependencies,
    targetSelections,
    deliveryRules,
    releases,
    approvals: createApprovals({ access, releases, machineStore, machine: releaseMachine }),
    leftovers: createLeftovers({
      access,
      applications,
      store: releasesStore,
      machineStore,
      machine: releaseMachine,
      automatic: automaticReleases,
      readModel,
      renderLike,
      evacuationsStore,
    }),
    releasesStore,
    machineStore,
    releaseMachine,
    catchUps: createCatchUps({ database, clusters, machineStore, automatic: automaticReleases, logger }),
    waitingPlans: createWaitingPlans({ database, store: releasesStore, machineStore, machine: releaseMachine, images }),
    runsStore,
    leftObjectsStore,
    confirmPrune: createConfirmPrune({
      access,
      applications,
      clusters,
      store: releasesStore,
      left: leftObjectsStore,
      machine: releaseMachine,
    }),
    decisions: createDecisions({
      access,
      applications,
      clusters,
      store: releasesStore,
      questions,
      machine: releaseMachine,
    }),
    preflight: createPreflight({
      access,
      clusters,
      connections,
      store: releasesStore,
      runs: runsStore,
      machineStore,
      machine: releaseMachine,
      questions,
      readCapacity,
      fieldManager,
    }),
    releaseFieldManager: fieldManager,
    findOwningRelease: createFindOwningRelease({ database, access }),
  };
}
