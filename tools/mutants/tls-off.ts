import { buildConnector } from 'undici';
import { mutate } from './mutate.ts';

/** Certificates are taken as they come. */
export default mutate<typeof import('../../packages/outbound/src/guarded-connector.ts')>({
  createGuardedConnector: () => () => buildConnector({ rejectUnauthorized: false }),
});
