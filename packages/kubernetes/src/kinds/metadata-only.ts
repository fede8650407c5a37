import { facts, objectOf } from '../projection/values.ts';
import { managersOf } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

/** Kinds that hold what nobody needs in a list and some must not see: only their metadata is asked for. */
export const metadataOnlyKinds: readonly WatchedKind[] = (
  [
    ['configmaps', 'ConfigMap'],
    ['secrets', 'Secret'],
    ['serviceaccounts', 'ServiceAccount'],
  ] as const
).map(([resource, kind], index) => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
  rank: 60 + index,
  metadataOnly: true,
  project(object) {
    const metadata = objectOf(object.metadata);
    const isLeaving = typeof metadata.deletionTimestamp === 'string';
    return {
      health: isLeaving ? 'updating' : 'healthy',
      statusText: isLeaving ? 'Terminating' : 'Present',
      facts: facts({ managers: managersOf(metadata) }),
    };
  },
}));
