import { lookup } from 'node:dns';
import { mutate } from './mutate.ts';

/** Addresses are checked when a person types them and never again: neither at the connect nor for literal IPs. */
export default mutate<typeof import('../../packages/outbound/src/address-guard.ts')>({
  createAddressGuard: (real) => (options) => ({
    ...real.createAddressGuard(options),
    checkLiteral: () => {},
    lookupFor: () => (hostname, lookupOptions, callback) =>
      lookup(hostname, lookupOptions as object, callback as never),
  }),
});
