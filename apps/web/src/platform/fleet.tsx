import type { Cluster } from '@quarterdeck/contracts';
import { createContext, type ReactNode, useContext } from 'react';
import { useLiveSet } from './live.ts';

const Fleet = createContext<readonly Cluster[] | undefined>(undefined);

/** The fleet index, loaded once after sign-in: it feeds badges, scope, palette and lists. */
export function FleetProvider({ children }: { children: ReactNode }) {
  return <Fleet value={useLiveSet<Cluster>('clusters.index', {})}>{children}</Fleet>;
}

/** Every registered cluster, live; `undefined` until the first answer. */
export function useFleet(): readonly Cluster[] | undefined {
  return useContext(Fleet);
}

/** Of such a cluster only is known what was there when it answered last. */
export function isAway({ state }: Pick<Cluster, 'state'>): boolean {
  return state !== 'connected' && state !== 'degraded';
}
