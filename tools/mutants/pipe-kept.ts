import { mutate } from './mutate.ts';

/** After a refused upgrade the client's socket goes on as if nothing had been. */
export default mutate<typeof import('../../apps/api/src/features/clusters/proxy/send-refused.ts')>({
  sendRefused: () => (reply, _client, answer) => {
    reply.hijack();
    reply.raw.writeHead(answer.status, { 'content-length': String(answer.body.length) });
    reply.raw.write(answer.body);
  },
});
