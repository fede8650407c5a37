import { createServer } from 'node:http';
import { mutate } from './mutate.ts';

/** A server without times of its own: whoever sends slowly keeps the connection until the test is over. */
export default mutate<typeof import('../../apps/api/src/platform/http/guarded-server.ts')>({
  createGuardedServer: () => (handler) => {
    const server = createServer({ headersTimeout: 0, requestTimeout: 0, maxHeaderSize: 1_048_576 }, handler);
    setTimeout(() => server.closeAllConnections(), 1000).unref();
    return server;
  },
});
