export { clusterStatus } from './cluster-status.ts';
export { clustersAttention } from './clusters.attention.ts';
