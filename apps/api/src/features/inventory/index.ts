export { type ChangeFeed, createChangeFeed } from './change-feed.ts';
export { createClusterFacts } from './cluster-facts.ts';
export { startInventorySweep, startWatchLoop } from './inventory.jobs.ts';
export { createInventoryReadModel, type InventoryReadModel } from './inventory.read-model.ts';
export { inventoryRoutes } from './inventory.routes.ts';
export { createInventory, type Inventory } from './inventory.service.ts';
export { createInventoryStore, type InventoryStore } from './inventory.store.ts';
export { createKindRegistry, type KindRegistry } from './kind-registry.ts';
export { objectsSource } from './objects.stream.ts';
