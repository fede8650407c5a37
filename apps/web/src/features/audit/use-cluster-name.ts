import { useCallback } from 'react';
import { useFleet } from '../../platform/fleet.tsx';

/** Slug of a cluster by its id; a cluster that is gone keeps its id. */
export function useClusterName(): (id: string) => string {
  const fleet = useFleet();
  return useCallback((id: string) => fleet?.find((cluster) => cluster.id === id)?.slug ?? id, [fleet]);
}
