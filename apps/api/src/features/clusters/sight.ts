import { toUuid } from '../../platform/ids.ts';
import type { VisibleScope } from '../access/index.ts';

/** How much of a cluster somebody sees: all of it, that it is there, or nothing. */
export type Sight = 'full' | 'limited' | 'none';

/** @param scope where the person holds `clusters:read` */
export function sightOf(scope: VisibleScope): (clusterId: string) => Sight {
  if (scope.fleet) return () => 'full';
  const full = new Set(scope.clusters);
  const limited = new Set(scope.namespaces.map((place) => place.cluster));
  return (clusterId) => {
    const uuid = toUuid(clusterId);
    if (full.has(uuid)) return 'full';
    return limited.has(uuid) ? 'limited' : 'none';
  };
}
