import type { AccessSets } from '../../apps/api/src/features/inventory/access-sets.ts';
import { mutate } from './mutate.ts';

/** What one person may see of a kind is kept for everybody. */
export default mutate<typeof import('../../apps/api/src/features/inventory/access-sets.ts')>({
  createAccessSets: (real) => (deps) => {
    const sets = real.createAccessSets(deps);
    const kept = new Map<string, ReturnType<AccessSets['of']>>();
    return {
      ...sets,
      of(principal, kind, asked, isFleet) {
        const key = JSON.stringify([kind.id, asked.map((cluster) => cluster.number)]);
        const seen = kept.get(key) ?? sets.of(principal, kind, asked, isFleet);
        kept.set(key, seen);
        return seen;
      },
    };
  },
});
