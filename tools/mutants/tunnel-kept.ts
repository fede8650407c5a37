import { mutate } from './mutate.ts';

/** When one side of a tunnel goes, the other is not told. */
export default mutate<typeof import('../../apps/api/src/features/clusters/proxy/tunnel.ts')>({
  joinSockets: () => (client, upstream) => {
    for (const side of [client, upstream]) side.on('error', () => {});
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => client.write(chunk));
    return new Promise(() => {});
  },
});
