export { clusterStatus } from './cluster-status.ts';
