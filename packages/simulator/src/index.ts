export {
  failAfterAnnotation,
  failAnnotation,
  failInitAnnotation,
  readyAfterAnnotation,
  runForAnnotation,
} from './controllers/pod-behaviour.ts';
export { createDemoFleet, type DemoCluster, type DemoFleet } from './fleet/demo-fleet.ts';
export { blockedBudget, ceiling, fixedJob } from './fleet/extras.ts';
export {
  type SimulatedCluster,
  type SimulatedClusterOptions,
  startSimulatedCluster,
} from './fleet/simulated-cluster.ts';
export { troubles } from './fleet/workloads.ts';
export { createServerIdentity } from './server/certificates.ts';
export { outageAnnotation } from './server/outage.ts';
