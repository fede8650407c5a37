import type { Cluster } from '../control-plane/types.ts';

/** What a test may do with a cluster, whether it is real or simulated. */
export type TestCluster = Pick<
  Cluster,
  | 'name'
  | 'server'
  | 'caPem'
  | 'adminToken'
  | 'kubeconfig'
  | 'kubeconfigWithClientCert'
  | 'authority'
  | 'request'
  | 'stream'
  | 'createToken'
  | 'appendPodLog'
  | 'compact'
  | 'stopApiServer'
  | 'startApiServer'
>;

/** Clusters of one kind. Without a testbed the real ones are none, and their cases count as skipped. */
export type TestFleet = { kind: 'real' | 'simulated'; clusters: TestCluster[]; stop(): Promise<void> };
