import { describe } from 'vitest';
import { attachControlPlanes, startControlPlanes, TestbedUnavailable } from '../control-plane/fleet.ts';
import type { SharedFleet } from '../control-plane/shared-fleet.ts';
import { startSimulated } from './simulated.ts';
import type { TestFleet } from './types.ts';

export type { TestCluster, TestFleet } from './types.ts';

/**
 * The same clusters twice, real and simulated: one suite of cases runs against both, so that the simulator cannot
 * drift from what it stands for.
 *
 * ```ts
 * const fleets = await startBothFleets({ count: 2, nodes: 2 });
 * afterAll(() => stopFleets(fleets));
 * describeFleets(fleets, 'deploying to two $kind clusters', ({ clusters }) => { … });
 * ```
 */
export async function startBothFleets(options: {
  count: number;
  nodes?: number;
  controllers?: boolean;
}): Promise<TestFleet[]> {
  const [real, simulated] = await Promise.all([
    startControlPlanes(options).catch((error: unknown) => {
      if (error instanceof TestbedUnavailable) return { clusters: [], stop: async () => {} };
      throw error;
    }),
    startSimulated(options),
  ]);
  return [
    { kind: 'real', clusters: real.clusters, stop: real.stop },
    { kind: 'simulated', ...simulated },
  ];
}

/** As `startBothFleets`, with the real clusters that the whole test run shares. */
export async function attachBothFleets(shared: SharedFleet): Promise<TestFleet[]> {
  const real = 'skipped' in shared ? [] : attachControlPlanes(shared).clusters;
  return [
    { kind: 'real', clusters: real, stop: async () => {} },
    { kind: 'simulated', ...(await startSimulated({ count: 2, nodes: 3 })) },
  ];
}

export async function stopFleets(fleets: readonly TestFleet[]): Promise<void> {
  await Promise.all(fleets.map((fleet) => fleet.stop()));
}

/** `describe`, once per kind of fleet; `$kind` in the title is its name. */
export function describeFleets(fleets: readonly TestFleet[], title: string, define: (fleet: TestFleet) => void): void {
  for (const fleet of fleets)
    describe.skipIf(fleet.clusters.length === 0)(title.replace('$kind', fleet.kind), () => define(fleet));
}
