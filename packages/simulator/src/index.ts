export { createDemoFleet, type DemoCluster, type DemoFleet } from './fleet/demo-fleet.ts';
export {
  type SimulatedCluster,
  type SimulatedClusterOptions,
  startSimulatedCluster,
} from './fleet/simulated-cluster.ts';
