import { countEvents, listEvents } from './inventory/events.ts';
import { exportObjects } from './inventory/export.ts';
import { facetObjects } from './inventory/facets.ts';
import { listNodes } from './inventory/nodes.ts';
import { listObjects } from './inventory/objects.ts';
import {
  listInventoryKinds,
  listNamespaceLoads,
  listNamespaceNames,
  searchObjects,
  summarizeInventory,
} from './inventory/questions.ts';
import { createView, deleteView, listViews, updateView } from './inventory/views.ts';

export * from './inventory/events.ts';
export * from './inventory/export.ts';
export * from './inventory/facets.ts';
export * from './inventory/kinds.ts';
export * from './inventory/nodes.ts';
export * from './inventory/objects.ts';
export * from './inventory/questions.ts';
export * from './inventory/views.ts';

export const inventoryEndpoints = [
  listObjects,
  exportObjects,
  facetObjects,
  searchObjects,
  summarizeInventory,
  listEvents,
  countEvents,
  listNamespaceNames,
  listNamespaceLoads,
  listInventoryKinds,
  listNodes,
  listViews,
  createView,
  updateView,
  deleteView,
];
