import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** What clients ask, and how often: `clients` at once, each the whole of `urls` in its own order, `rounds` times. */
export type Asked = {
  urls: readonly string[];
  clients: number;
  rounds: number;
  headers: Readonly<Record<string, string>>;
  caPem?: string;
};
/** Milliseconds to the first byte and to the last, and bytes, by index of the url. */
export type Timing = { url: number; firstMs: number; ms: number; bytes: number };

/** Asks from a thread of its own, so that clients do not take turns with the server that answers them. */
export function askAll(asked: Asked): Promise<Timing[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: asked });
    worker.once('message', (timings: Timing[]) => resolve(timings));
    worker.once('error', reject);
  });
}

if (!isMainThread && parentPort !== null) {
  const { urls, clients, rounds, headers, caPem } = workerData as Asked;
  const isSecure = urls[0]?.startsWith('https:') === true;
  const options = { keepAlive: true, maxSockets: clients };
  const agent = isSecure ? new HttpsAgent({ ...options, ca: caPem }) : new HttpAgent(options);

  function ask(url: number): Promise<Timing> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const send = isSecure ? httpsRequest : httpRequest;
      const request = send(urls[url] as string, { agent, headers }, (response) => {
        let firstMs: number | undefined;
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          firstMs ??= performance.now() - startedAt;
          bytes += chunk.length;
        });
        response.on('end', () => {
          const ms = performance.now() - startedAt;
          if (response.statusCode === 200) resolve({ url, firstMs: firstMs ?? ms, ms, bytes });
          else reject(new Error(`${urls[url]} answered ${response.statusCode}`));
        });
      });
      request.on('error', reject);
      request.end();
    });
  }

  async function client(number: number): Promise<Timing[]> {
    const timings: Timing[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (let step = 0; step < urls.length; step += 1)
        timings.push(await ask((number * 7 + round + step) % urls.length));
    }
    return timings;
  }

  const all = await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  parentPort.postMessage(all.flat());
}
