import { mutate } from './mutate.ts';

/** Failed exchanges are looked up before and counted after: many at once share the last one. */
export default mutate<typeof import('../../apps/api/src/features/identity/exchange.limits.ts')>({
  createExchangeLimits: (real) => (deps) => {
    const limits = real.createExchangeLimits(deps);
    return { ...limits, failed: (caller) => limits.failed(caller).catch(() => {}) };
  },
});
