export const clusterStates = [
  'connected',
  'degraded',
  'unreachable',
  'credential_rejected',
  'identity_changed',
  'pending',
  'paused',
  'removing',
] as const;
export type ClusterState = (typeof clusterStates)[number];
