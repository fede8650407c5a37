import { createServer, type Server } from 'node:http';
import type { TestProject } from 'vitest/node';
import { attachControlPlanes, startControlPlanes, TestbedUnavailable } from './fleet.ts';
import type { AttachedFleet, FleetData } from './types.ts';

/** What test files get from the global setup. */
export type SharedFleet = FleetData | { skipped: string };

declare module 'vitest' {
  interface ProvidedContext {
    sharedFleet: SharedFleet;
  }
}

/**
 * Vitest's `globalSetup`: two clusters with three nodes each for the whole test run. Test files take them with
 * `attachSharedFleet(inject('sharedFleet'))`, keep to namespaces of their own and stop nothing; a test
 * that needs an outage starts its own fleet.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Answers for every port of every pod.
  const pods = createServer((_, response) => response.end('ok\n'));
  await new Promise<void>((resolve) => pods.listen(0, '127.0.0.1', resolve));
  try {
    const fleet = await startControlPlanes({ count: 2, nodes: 3, podExec: true, podPort: portOf(pods) });
    project.provide('sharedFleet', fleet.data);
    return async () => {
      await fleet.stop();
      pods.close();
    };
  } catch (error) {
    pods.close();
    if (!(error instanceof TestbedUnavailable)) throw error;
    console.error(`real control planes: skipped, ${error.message}`);
    project.provide('sharedFleet', { skipped: error.message });
    return async () => {};
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server of the pods has no port');
  return address.port;
}

/** The shared clusters, or `undefined` where they cannot run, for `describe.skipIf`. */
export function attachSharedFleet(shared: SharedFleet): AttachedFleet | undefined {
  return 'skipped' in shared ? undefined : attachControlPlanes(shared);
}
