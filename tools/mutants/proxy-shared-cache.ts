import { mutate } from './mutate.ts';

/** Who asked first for an address is who everybody is there. */
export default mutate<typeof import('../../apps/api/src/features/clusters/proxy/admit.ts')>({
  createAdmission: (real) => (deps) => {
    const admission = real.createAdmission(deps);
    const kept = new Map<string, ReturnType<typeof admission.admit>>();
    return {
      ...admission,
      admit(actor, asked) {
        const found = kept.get(asked.url) ?? admission.admit(actor, asked);
        kept.set(asked.url, found);
        return found;
      },
    };
  },
});
