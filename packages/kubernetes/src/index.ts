export { type AddressGuard, AddressRefusedError, createAddressGuard } from './connection/address-guard.ts';
export * from './transport/cluster-client.ts';
export {
  type ClusterClientLimits,
  type ClusterClientOptions,
  createClusterClient,
} from './transport/create-cluster-client.ts';
export { IdentityRefusedError } from './transport/identity-headers.ts';
