export { composePipelines, type PipelinesFeature } from './pipelines.composition.ts';
export { startPipelineLoops } from './pipelines.jobs.ts';
export { pipelinesRoutes } from './pipelines.routes.ts';
export { deliveriesSource } from './pipelines.stream.ts';
export { mountHooks } from './receive-hook.routes.ts';
