import { createDemoFleet, type DemoFleet } from '@quarterdeck/simulator';
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

/** Registers the demo clusters that are not in the books, as a person would with their kubeconfigs. */
export async function registerDemoFleet(fleet: DemoFleet, composition: Composition): Promise<void> {
  const { registrar, clustersStore } = composition;
  const actor = systemActor('demo', ['clusters:register']);
  await step('registering the demo fleet', async () => {
    for (const { name: slug, displayName, labels, adminKubeconfig: kubeconfig } of fleet.clusters) {
      if ((await clustersStore.findBySlug(slug)) !== undefined) continue;
      const access = { kind: 'kubeconfig', kubeconfig } as const;
      await registrar.register(actor, {
        slug,
        displayName,
        labels,
        access,
        bootstrap: true,
        acceptUnverified: false,
        renewing: false,
      });
    }
  });
}
