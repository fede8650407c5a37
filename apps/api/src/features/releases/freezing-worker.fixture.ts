import { writeSync } from 'node:fs';
import { createDatabase } from '@quarterdeck/database';
import type { ClusterRequest } from '@quarterdeck/kubernetes';
import { compose } from '../../compose.ts';
import { parseConfig } from '../../config.ts';
import { parseKeyring } from '../../platform/crypto/keyring.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { startWorker } from '../../processes/start-worker.ts';

export type FreezingWorkerOptions = {
  databaseUrl: string;
  keyring: string;
  addressAllow: string[];
  /** Paths of the object that it writes, and of the one that it looks at then. */
  written: string;
  seen: string;
};

/**
 * A worker in a process of its own that freezes at the worst moment: it has written one object and looked at the next,
 * waits for nothing any more, and is about to write. It says `frozen` right before, since it says nothing after.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as FreezingWorkerOptions;
const composition = await compose({
  config: { ...parseConfig({}, []), clusterAddressAllow: options.addressAllow },
  database: createDatabase({ url: options.databaseUrl, watch: true }),
  keyring: parseKeyring(options.keyring),
  logger: createLogger({ level: 'error' }),
});

let hasWritten = false;
let hasFrozen = false;

/** After the answer to this request. */
function freezeAt({ method, path, query }: ClusterRequest): void {
  hasWritten ||= method === 'PATCH' && path === options.written && query?.dryRun === undefined;
  if (!hasWritten || hasFrozen || method !== 'GET' || path !== options.seen) return;
  hasFrozen = true;
  writeSync(process.stdout.fd, 'frozen\n');
  process.kill(process.pid, 'SIGSTOP');
}

const connections = new Proxy(composition.connections, {
  get(of, name) {
    if (name !== 'for') return Reflect.get(of, name) as unknown;
    return async (...given: Parameters<typeof of.for>) => {
      const client = await of.for(...given);
      const request: typeof client.request = async (asked) => {
        const answer = await client.request(asked);
        freezeAt(asked);
        return answer as never;
      };
      return new Proxy(client, { get: (one, key) => (key === 'request' ? request : Reflect.get(one, key)) });
    };
  },
});

await startWorker({ ...composition, connections });
