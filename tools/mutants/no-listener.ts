import { mutate } from './mutate.ts';

/** Nobody listens for errors of a connection while it is found out whether it may become a stream. */
export default mutate<typeof import('../../apps/api/src/platform/http/guarded-server.ts')>({
  createGuardedServer: (real) => (handler, times) => {
    const server = real.createGuardedServer(handler, times);
    server.on('upgrade', (_request, socket) => process.nextTick(() => socket.removeAllListeners('error')));
    return server;
  },
});
