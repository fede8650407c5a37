export { type AddressGuard, AddressRefusedError, createAddressGuard } from './address-guard.ts';
export {
  causeCode,
  isOtherProtocol,
  OutboundError,
  type OutboundErrorCode,
  toOutboundError,
} from './failures.ts';
export { createGuardedConnector, createTlsContext, type TargetTrust } from './guarded-connector.ts';
export {
  createOutboundClient,
  type OutboundClient,
  type OutboundClientOptions,
  type OutboundFetch,
  type OutboundRequest,
} from './outbound-client.ts';
