export { drainSource } from './drain.stream.ts';
export { startDrainLoop } from './drains.jobs.ts';
export { createDrainsStore, type DrainsStore } from './drains.store.ts';
export { createDrains, type Drains } from './drains.ts';
export { createNodeDeeds, type NodeDeeds } from './node-deeds.ts';
export { schedulingRoutes } from './scheduling.routes.ts';
export { type DrainTiming, drainTiming } from './work-drain.ts';
