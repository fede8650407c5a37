import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';

/** What clients ask, and how often: `clients` at once, each the whole of `urls` in its own order, `rounds` times. */
export type Asked = {
  urls: readonly string[];
  clients: number;
  rounds: number;
  headers: Readonly<Record<string, string | string[]>>;
  caPem?: string;
};
/** Milliseconds to the first byte and to the last, and bytes, by index of the url. */
export type Timing = { url: number; firstMs: number; ms: number; bytes: number };
/** `cpuMs`: what the clients themselves took of the processors, from the first question to the last answer. */
export type Told = { timings: Timing[]; cpuMs: number };

/** Asks from a process of its own, so that clients take no turns of the server's, and what they cost can be told. */
export async function askAll(asked: Asked): Promise<Told> {
  const child = fork(fileURLToPath(import.meta.url), { serialization: 'advanced' });
  child.send(asked);
  const [told] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The clients ended with ${code}.`);
    }),
  ])) as [Told | { failed: string }];
  child.disconnect();
  if ('failed' in told) throw new Error(told.failed);
  return told;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', (asked: Asked) => {
    run(asked).then(
      (told) => process.send?.(told),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  });
}

async function run({ urls, clients, rounds, headers, caPem }: Asked): Promise<Told> {
  const pool = new Pool(new URL(urls[0] ?? '').origin, { connections: clients, pipelining: 1, connect: { ca: caPem } });
  const paths = urls.map((url) => url.slice(new URL(url).origin.length));

  // By undici's handlers, the cheapest client there is: what it costs, the server has not.
  function ask(url: number): Promise<Timing> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      let firstMs: number | undefined;
      let bytes = 0;
      let status = 0;
      pool.dispatch(
        { path: paths[url] as string, method: 'GET', headers },
        {
          onRequestStart() {},
          onResponseStart: (_controller, statusCode) => {
            status = statusCode;
          },
          onResponseData: (_controller, chunk) => {
            firstMs ??= performance.now() - startedAt;
            bytes += chunk.length;
          },
          onResponseEnd: () => {
            const ms = performance.now() - startedAt;
            if (status === 200) resolve({ url, firstMs: firstMs ?? ms, ms, bytes });
            else reject(new Error(`${urls[url]} answered ${status}`));
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
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

  const before = process.cpuUsage();
  const all = await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const { user, system } = process.cpuUsage(before);
  await pool.destroy();
  return { timings: all.flat(), cpuMs: (user + system) / 1000 };
}
