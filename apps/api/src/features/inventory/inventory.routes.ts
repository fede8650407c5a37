import {
  countEvents,
  exportObjects,
  facetObjects,
  listEvents,
  listInventoryKinds,
  listNamespaceLoads,
  listNamespaceNames,
  listNodes,
  listObjects,
  searchObjects,
  summarizeInventory,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { ExportObjects } from './export-objects.ts';
import type { Inventory } from './inventory.service.ts';
import { viewRoutes } from './views.routes.ts';
import type { Views } from './views.service.ts';

/** Every answer is narrowed to where the person holds `inventory:read`: `scope` of the service is the one place. */
export function inventoryRoutes({
  inventory,
  exportInventory,
  views,
}: {
  inventory: Inventory;
  exportInventory: ExportObjects;
  views: Views;
}): BoundEndpoint[] {
  return [
    bind(listObjects, 'any', async ({ query }, { principal }) => inventory.listJson(principal, query)),
    bind(exportObjects, 'any', async ({ query }, { actor }) => exportInventory(actor, query)),
    bind(facetObjects, 'any', async ({ query }, { principal }) => inventory.facets(principal, query)),
    bind(listNodes, 'any', async ({ query }, { principal }) => inventory.nodes(principal, query)),
    bind(searchObjects, 'any', async ({ query }, { principal }) => inventory.search(principal, query.q, query.limit)),
    bind(summarizeInventory, 'any', async ({ query }, { principal }) => inventory.summarize(principal, query.clusters)),
    bind(listEvents, 'any', async ({ query }, { principal }) => inventory.events(principal, query)),
    bind(countEvents, 'any', async ({ query }, { principal }) => inventory.eventCounts(principal, query)),
    bind(listNamespaceLoads, 'any', async ({ query }, { principal }) =>
      inventory.namespaceLoads(principal, query.clusters),
    ),
    bind(listNamespaceNames, 'any', async ({ query }, { principal }) =>
      inventory.namespaces(principal, query.clusters, query.q),
    ),
    bind(listInventoryKinds, 'any', async ({ query }, { principal }) => inventory.kinds(principal, query.clusters)),
    ...viewRoutes(views),
  ];
}
