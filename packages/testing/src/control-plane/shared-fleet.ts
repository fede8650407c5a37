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
  try {
    const fleet = await startControlPlanes({ count: 2, nodes: 3 });
    project.provide('sharedFleet', fleet.data);
    return fleet.stop;
  } catch (error) {
    if (!(error instanceof TestbedUnavailable)) throw error;
    console.error(`real control planes: skipped, ${error.message}`);
    project.provide('sharedFleet', { skipped: error.message });
    return async () => {};
  }
}

/** The shared clusters, or `undefined` where they cannot run, for `describe.skipIf`. */
export function attachSharedFleet(shared: SharedFleet): AttachedFleet | undefined {
  return 'skipped' in shared ? undefined : attachControlPlanes(shared);
}
