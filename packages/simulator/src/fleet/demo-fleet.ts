import path from 'node:path';
import { writeSecretFile } from './cluster-file.ts';
import { populate, type Size } from './populate.ts';
import { type SimulatedCluster, startSimulatedCluster } from './simulated-cluster.ts';

export type DemoCluster = SimulatedCluster & {
  displayName: string;
  labels: Record<string, string>;
  /** How long the credential lives that it is registered with; without it, one that does not end. */
  credentialDays?: number;
};
export type DemoFleet = { clusters: DemoCluster[]; stop(): Promise<void> };

const plan: readonly (Size & { name: string; displayName: string; tier: string; credentialDays?: number })[] = [
  {
    name: 'bj-1',
    displayName: 'Beijing 1',
    tier: 'production',
    region: 'cn-beijing',
    nodes: 16,
    scale: 1.15,
    pressured: 3,
  },
  { name: 'nb-1', displayName: 'Ningbo 1', tier: 'production', region: 'cn-ningbo', nodes: 14, scale: 1, cordoned: 5 },
  {
    name: 'cloud-1',
    displayName: 'Cloud 1',
    tier: 'staging',
    region: 'eu-central',
    nodes: 10,
    scale: 0.75,
    credentialDays: 12,
  },
];

/**
 * Three simulated clusters with teams, workloads and a few broken ones. Kept in `dataDir`, with a kubeconfig beside each:
 * a restart is the same fleet.
 * @param options.ports a port for a name, the same one every time
 */
export async function createDemoFleet(options: {
  dataDir: string;
  ports: (name: string) => Promise<number>;
  seed?: string;
}): Promise<DemoFleet> {
  const clusters: DemoCluster[] = [];
  const stop = async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  };
  try {
    for (const { name, displayName, tier, credentialDays, ...size } of plan) {
      const cluster = await startSimulatedCluster({
        name,
        port: await options.ports(`demo-${name}`),
        seed: `${options.seed ?? 'demo'}/${name}`,
        file: path.join(options.dataDir, `${name}.json`),
        hasMetrics: true,
        populate: (writes, registry) => populate(writes, registry, name, size),
      });
      await writeSecretFile(path.join(options.dataDir, `${name}.kubeconfig`), cluster.adminKubeconfig);
      const labels = { tier, region: size.region, provider: 'demo' };
      clusters.push({ ...cluster, displayName, labels, ...(credentialDays === undefined ? {} : { credentialDays }) });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { clusters, stop };
}
