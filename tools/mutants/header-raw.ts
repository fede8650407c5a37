import { createServer } from 'node:http';
import { mutate } from './mutate.ts';

/** Node's forgiving parser: two lengths, a length beside chunks and odd line ends pass. */
export default mutate<typeof import('../../apps/api/src/platform/http/guarded-server.ts')>({
  createGuardedServer: () => (handler) => createServer({ insecureHTTPParser: true }, handler),
});
