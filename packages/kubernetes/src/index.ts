export { credentialExpiry } from './auth/credential-expiry.ts';
export { type DirectAccess, type DirectVerdict, parseDirectAccess } from './auth/direct-access.ts';
export { type ContextVerdict, type KubeconfigVerdict, parseKubeconfig } from './auth/kubeconfig.ts';
export type { AccessRefusal, AccessRefusalCode } from './auth/refusal.ts';
export { type AddressGuard, AddressRefusedError, createAddressGuard } from './connection/address-guard.ts';
export * from './transport/cluster-client.ts';
export {
  type ClusterClientLimits,
  type ClusterClientOptions,
  createClusterClient,
} from './transport/create-cluster-client.ts';
export { IdentityRefusedError } from './transport/identity-headers.ts';
