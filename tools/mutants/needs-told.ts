import { mutate } from './mutate.ts';

/** What an application needs is shown with whoever may see the application, not with who may see what it needs. */
export default mutate<typeof import('../../apps/api/src/features/applications/applications.service.ts')>({
  createApplications: (real) => (deps) => {
    const applications = real.createApplications(deps);
    return {
      ...applications,
      visible: async (_principal, ids) => new Map((await deps.store.findByIds(ids)).map((one) => [one.id, one])),
    };
  },
});
