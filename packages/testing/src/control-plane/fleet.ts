import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTestbed } from '../../../../tools/testbed/build.mjs';
import { apiServerOf, startApiServer } from './api-server.ts';
import { createCluster, isReady } from './cluster.ts';
import { type ClusterClient, createClusterClient } from './cluster-client.ts';
import { startControllers } from './controllers.ts';
import { startEtcd } from './etcd.ts';
import { kwokOf, startKwok } from './kwok.ts';
import { addNodes, createNodes } from './nodes.ts';
import { createRunFolder, endDeadRuns, endRun } from './run-folder.ts';
import { createSetup, type Setup, waitForProgram } from './setup.ts';
import { connectSupervisor, startSupervisor } from './supervisor-client.ts';
import type { AttachedFleet, ClusterData, Fleet, FleetData, FleetOptions } from './types.ts';

/** The control planes cannot run on this machine; tests count as skipped for the reason in the message. */
export class TestbedUnavailable extends Error {
  override readonly name = 'TestbedUnavailable';
}

/** Why real control planes cannot run here, for `describe.skipIf`; builds them when they can. */
export async function whyUnavailable(): Promise<string | undefined> {
  return (await ensureTestbed()).skipped;
}

/** The real helm, beside the control planes it was built with; `undefined` where they cannot be built. */
export async function helmProgram(): Promise<string | undefined> {
  const testbed = await ensureTestbed();
  return testbed.skipped === undefined ? join(testbed.bin, 'helm') : undefined;
}

/**
 * Starts real Kubernetes clusters on this machine and waits until they work. Builds their programs the first time,
 * which takes minutes. Everything ends with `stop()`, and also when this process dies, however it dies.
 *
 * ```ts
 * const fleet = await startControlPlanes({ count: 2, nodes: 3 });
 * await fleet.clusters[0]!.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
 * await fleet.stop();
 * ```
 */
export async function startControlPlanes(options: FleetOptions = {}): Promise<Fleet> {
  const { count = 1, nodes = 0, controllers = true, audit = false, podExec = false, podPort, log } = options;
  const names = options.names ?? Array.from({ length: count }, (_, index) => `testbed-${index + 1}`);

  const testbed = await ensureTestbed(log ? { log } : {});
  if (testbed.skipped !== undefined) throw new TestbedUnavailable(testbed.skipped);
  await endDeadRuns();

  const dataFolder = await mkdtemp(join(tmpdir(), 'quarterdeck-testbed-'));
  const runFolder = createRunFolder(dataFolder);
  const supervisor = await startSupervisor(runFolder, dataFolder).catch(async (error: unknown) => {
    await endRun(runFolder);
    throw error;
  });
  try {
    const setup = createSetup(supervisor, dataFolder, testbed.bin, testbed.stages);
    const etcd = await startEtcd(setup);
    const clusters = await Promise.all(
      names.map((name, index) =>
        startCluster(setup, { name, index, etcd, nodes, controllers, audit, podExec, podPort }),
      ),
    );
    const data = { socket: supervisor.socket, runFolder, kubectl: join(testbed.bin, 'kubectl'), clusters };
    return { ...attachControlPlanes(data), data, stop: () => supervisor.close() };
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

/** The clusters of a fleet that another process started, such as Vitest's global setup. */
export function attachControlPlanes(data: FleetData): AttachedFleet {
  const supervisor = connectSupervisor(data.socket);
  return { clusters: data.clusters.map((cluster) => createCluster(cluster, supervisor)), kubectl: data.kubectl };
}

type ClusterPlan = {
  name: string;
  index: number;
  etcd: string;
  nodes: number;
  controllers: boolean;
  audit: boolean;
  podExec: boolean;
  podPort: number | undefined;
};

async function startCluster(setup: Setup, plan: ClusterPlan): Promise<ClusterData> {
  const { name, index, nodes, controllers, podExec, podPort } = plan;
  const { data, files } = await startApiServer(setup, plan);
  const client = createClusterClient(data);
  await waitForProgram(setup, apiServerOf(name), `${name} to be ready`, () => isReady(client));
  if (!controllers) {
    await createNodes(client, name, nodes);
    return data;
  }

  await startControllers(setup, name, files);
  await startKwok(setup, { data, files, index, podExec, podPort });
  // Pods are refused until the controller manager has made this account.
  await waitForProgram(setup, `${name}/kube-controller-manager`, `the default service account of ${name}`, () =>
    client.request('GET', '/api/v1/namespaces/default/serviceaccounts/default'),
  );
  await waitForProgram(setup, kwokOf(name), `nodes of ${name}`, () => readyNodes(client, name, nodes));
  return data;
}

async function readyNodes(client: ClusterClient, name: string, nodes: number): Promise<boolean> {
  await addNodes(client, name, nodes);
  return true;
}
