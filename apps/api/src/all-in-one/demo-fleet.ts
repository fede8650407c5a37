import { defaultProfile, memberNames } from '@quarterdeck/kubernetes';
import { createDemoFleet, type DemoCluster, type DemoFleet } from '@quarterdeck/simulator';
import type { Composition } from '../compose.ts';
import { ConfigError } from '../config.ts';
import { systemActor } from '../platform/principal.ts';
import type { DataFolder } from './data-folder.ts';
import { step } from './steps.ts';

/**
 * Starts the demo clusters of this data folder.
 * @throws ConfigError when another program holds one of their ports
 */
export async function startDemoFleet(folder: DataFolder): Promise<DemoFleet> {
  try {
    return await step('starting the demo fleet', () => createDemoFleet({ dataDir: folder.demo, ports: folder.port }));
  } catch (error) {
    throw explain(error);
  }
}

function explain(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error)) return error;
  return new ConfigError(
    `Port ${error.port} of a demo cluster is taken: end the program that holds it, or start without the demo fleet: --no-demo.`,
  );
}

/** Where the product may dial although it is loopback. */
export function demoAddresses({ clusters }: DemoFleet): string[] {
  return clusters.map(({ port }) => `127.0.0.1/32:${port}`);
}

const dayMs = 86_400_000;
/** A demo that is started again is not to find its cluster shut. */
const leastDays = 3;

/**
 * Registers the demo clusters that are not in the books, as a person would with their kubeconfigs. One of them is given a
 * credential that ends soon, so that there is such a notice to see.
 */
export async function registerDemoFleet(
  fleet: Pick<DemoFleet, 'clusters'>,
  { registrar, clustersStore }: Pick<Composition, 'registrar' | 'clustersStore'>,
): Promise<void> {
  const actor = systemActor('demo', ['clusters:register', 'clusters:credentials']);
  const expire = async (id: string, { server, caPem, credentialDays = 0, issueToken }: DemoCluster) => {
    const { namespace, serviceAccount } = memberNames;
    const token = issueToken(namespace, serviceAccount, (credentialDays * dayMs) / 1000);
    const access = { kind: 'token', server, caPem, token } as const;
    await registrar.replaceCredential(actor, id, { access, bootstrap: false, renewing: false });
  };
  await step('registering the demo fleet', async () => {
    for (const cluster of fleet.clusters) {
      const { name: slug, displayName, labels, adminKubeconfig: kubeconfig } = cluster;
      const found = await clustersStore.findBySlug(slug);
      const ends = found?.credentialExpiresAt?.getTime();
      if (found !== undefined) {
        // What somebody else gave it is theirs to look after.
        const isOurs = cluster.credentialDays !== undefined && ends !== undefined;
        if (isOurs && ends - Date.now() < leastDays * dayMs) await expire(found.id, cluster);
        continue;
      }
      const access = { kind: 'kubeconfig', kubeconfig } as const;
      const id = await registrar.register(actor, {
        slug,
        displayName,
        labels,
        access,
        bootstrap: true,
        profile: defaultProfile,
        acceptUnverified: false,
        renewing: false,
      });
      if (cluster.credentialDays !== undefined) await expire(id, cluster);
    }
  });
}
