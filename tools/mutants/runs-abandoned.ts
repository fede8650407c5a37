import { mutate } from './mutate.ts';

/** What a worker that died had begun is nobody's any more. */
export default mutate<typeof import('../../apps/api/src/features/releases/runs.store.ts')>({
  createRunsStore: (real) => (database) => {
    const runs = real.createRunsStore(database);
    const unbegun = (held: Awaited<ReturnType<typeof runs.takeWork>>) => held.filter(({ fence }) => fence === '1');
    return { ...runs, takeWork: async (owner, room) => unbegun(await runs.takeWork(owner, room)) };
  },
});
