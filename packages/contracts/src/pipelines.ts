import { ciEndpoints } from './pipelines/ci.ts';
import { connectionsEndpoints } from './pipelines/connections.ts';
import { deliveriesEndpoints } from './pipelines/deliveries.ts';
import { hooksEndpoints } from './pipelines/hooks.ts';
import { triggersEndpoints } from './pipelines/triggers.ts';

export * from './pipelines/ci.ts';
export * from './pipelines/connections.ts';
export * from './pipelines/deliveries.ts';
export * from './pipelines/hooks.ts';
export * from './pipelines/triggers.ts';

export const pipelinesEndpoints = [
  ...connectionsEndpoints,
  ...hooksEndpoints,
  ...triggersEndpoints,
  ...deliveriesEndpoints,
  ...ciEndpoints,
];
