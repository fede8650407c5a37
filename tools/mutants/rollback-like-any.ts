import { mutate } from './mutate.ts';

/** A rollback that fails is a release that fails. */
export default mutate<typeof import('../../apps/api/src/features/releases/decide.ts')>({
  decide: (real) => (rows, now) => real.decide({ ...rows, release: { ...rows.release, kind: 'deploy' } }, now),
});
