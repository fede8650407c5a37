import type { buildConnector } from 'undici';
import { mutate } from './mutate.ts';

/** One connector per port for all targets: the second gets the trust and the sessions of the first. */
const shared = new Map<number, buildConnector.connector>();

export default mutate<typeof import('../../packages/outbound/src/guarded-connector.ts')>({
  createGuardedConnector: (real) => (options) => {
    const connector = shared.get(options.port) ?? real.createGuardedConnector(options);
    shared.set(options.port, connector);
    return connector;
  },
});
