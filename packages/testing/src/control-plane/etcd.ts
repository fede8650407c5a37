import { join } from 'node:path';
import { freePort } from './ports.ts';
import type { Setup } from './setup.ts';

/** Starts the one etcd that all clusters of a fleet share; each keeps to its own prefix. */
export async function startEtcd({ supervisor, program, dataFolder }: Setup): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  await supervisor.start(
    program('etcd', 'etcd', [
      '--name=testbed',
      `--data-dir=${join(dataFolder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=testbed=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ]),
  );
  return client;
}
