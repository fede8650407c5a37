import { mutate } from './mutate.ts';

/** Lines are sent as they come, whether somebody reads them or not. */
export default mutate<typeof import('../../apps/api/src/platform/events/paced-send.ts')>({
  sendPaced: () => async (socket, text) => {
    // So that the test ends: a process with real logs would go on until its memory is full.
    if (socket.bufferedAmount > 1_000_000) socket.terminate();
    if (socket.readyState !== socket.OPEN) return false;
    socket.send(text);
    return true;
  },
});
