import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServerIdentity } from '@quarterdeck/simulator';
import { Pool } from 'undici';

/** Where everything goes, and with which headers. */
export type BareProxyOptions = { server: string; caPem: string; headers: Record<string, string | string[]> };

/**
 * The least that Node needs to pass a GET on over TLS in both ways: nobody is asked who they are, nothing is decided, and
 * headers go on as they are. What it adds the product cannot save.
 */
process.once('message', async ({ server, caPem, headers }: BareProxyOptions) => {
  const identity = await createServerIdentity('A proxy of bare Node', 'quarterdeck');
  const upstream = new Pool(server, { connections: 64, pipelining: 1, connect: { ca: caPem } });
  const listener = createServer({ cert: identity.certPem, key: identity.keyPem }, (request, response) => {
    upstream.dispatch(
      { path: request.url ?? '/', method: 'GET', headers },
      {
        onRequestStart() {},
        onResponseStart(controller, status, answered) {
          response.on('drain', () => controller.resume());
          response.writeHead(status, answered);
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) controller.pause();
        },
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    );
  });
  listener.listen(0, '127.0.0.1', () =>
    process.send?.({ port: (listener.address() as AddressInfo).port, caPem: identity.caPem }),
  );
});
process.once('disconnect', () => process.exit());
