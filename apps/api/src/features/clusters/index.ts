export { type ClusterFacts, toClusterView } from './cluster-view.ts';
export { type Clusters, createClusters, type RemovalGuard } from './clusters.service.ts';
export { type ClusterRecord, type ClustersStore, createClustersStore } from './clusters.store.ts';
export { type Connections, createConnections } from './connections.ts';
export { type ClusterCredentials, createClusterCredentials } from './credentials.ts';
