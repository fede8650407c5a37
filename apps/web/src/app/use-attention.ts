import { useMemo } from 'react';
import { useApplicationsAttention } from '../features/applications/index.ts';
import { clustersAttention } from '../features/clusters/index.ts';
import { type Attention, byUrgency } from '../platform/attention.ts';
import { useResolvedScope } from '../platform/cluster-sets.ts';
import { useFleet } from '../platform/fleet.tsx';

/** What the badges of the menu count, of what one may read and within the scope. */
export function useAttention(permissions: readonly string[]): Record<'deliver' | 'fleet', readonly Attention[]> {
  const fleet = useFleet();
  const scope = useResolvedScope();
  const deliver = useApplicationsAttention(scope, permissions.includes('applications:read')).items;
  return useMemo(
    () => ({
      deliver: deliver.toSorted(byUrgency),
      fleet: clustersAttention(fleet ?? [], scope).toSorted(byUrgency),
    }),
    [deliver, fleet, scope],
  );
}
