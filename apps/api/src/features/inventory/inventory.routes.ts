import { listEvents, listNamespaceNames, listObjects, searchObjects, summarizeInventory } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Inventory } from './inventory.service.ts';

/**
 * Rights are asked at fleet scope: whoever holds less than the fleet sees nothing until rows are joined with what each
 * person may list in the member clusters. That join then has one place, `conditions` of the read model.
 */
export function inventoryRoutes(inventory: Inventory): BoundEndpoint[] {
  return [
    bind(listObjects, 'fleet', async ({ query }) => inventory.list(query)),
    bind(searchObjects, 'fleet', async ({ query }) => inventory.search(query.q, query.limit)),
    bind(summarizeInventory, 'fleet', async ({ query }) => inventory.summarize(query.clusters)),
    bind(listEvents, 'fleet', async ({ query }) => inventory.events(query)),
    bind(listNamespaceNames, 'fleet', async ({ query }) => inventory.namespaces(query.clusters, query.q)),
  ];
}
