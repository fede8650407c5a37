import { listEvents, listNamespaceNames, listObjects, searchObjects, summarizeInventory } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Inventory } from './inventory.service.ts';

export function inventoryRoutes(inventory: Inventory): BoundEndpoint[] {
  return [
    bind(listObjects, 'any', async ({ query }) => inventory.list(query)),
    bind(searchObjects, 'any', async ({ query }) => inventory.search(query.q, query.limit)),
    bind(summarizeInventory, 'any', async ({ query }) => inventory.summarize(query.clusters)),
    bind(listEvents, 'any', async ({ query }) => inventory.events(query)),
    bind(listNamespaceNames, 'any', async ({ query }) => inventory.namespaces(query.clusters, query.q)),
  ];
}
