import type { Database } from '@quarterdeck/database';
import type { Access } from './features/access/index.ts';
import { createApplications, createApplicationsStore } from './features/applications/index.ts';
import type { Clusters, Connections } from './features/clusters/index.ts';
import type { Inventory } from './features/inventory/index.ts';
import {
  createReleases,
  createReleasesReadModel,
  createReleasesStore,
  createRunsStore,
  createTargetFacts,
} from './features/releases/index.ts';
import {
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
  clusters: Clusters;
  connections: Connections;
  inventory: Inventory;
  cursors: Cursors;
  /** Eight characters: part of our field manager in member clusters. */
  installation: string;
}) {
  const { database, logger, access, clusters, connections, inventory, cursors } = deps;
  const fieldManager = `quarterdeck-release.${deps.installation}`;
  const templatesStore = createTemplatesStore(database);
  const templates = createTemplates({ database, access, store: templatesStore, logger });
  const templateWriter = createTemplateWriter({ access, templates, store: templatesStore });
  const releasesStore = createReleasesStore(database);
  const runsStore = createRunsStore(database);
  const applications = createApplications({
    access,
    clusters,
    store: createApplicationsStore(database),
    cursors,
    facts: createTargetFacts(releasesStore),
    database,
  });
  const parameters = createParameters({
    access,
    applications,
    templates,
    store: createParametersStore(database),
  });
  const readModel = createReleasesReadModel({ store: releasesStore, inventory, clusters });
  const releases = createReleases({
    access,
    applications,
    templates,
    parameters,
    clusters,
    connections,
    store: releasesStore,
    readModel,
    cursors,
    fieldManager,
  });
  return {
    templates,
    templateWriter,
    parameters,
    applications,
    releases,
    releasesStore,
    runsStore,
    releaseFieldManager: fieldManager,
  };
}
