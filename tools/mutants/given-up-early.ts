import { mutate } from './mutate.ts';

/** What was not taken at once is not told again. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/deliver-effects.ts')>({
  createEffectDelivery: (real) => (deps) =>
    real.createEffectDelivery({
      ...deps,
      effects: { ...deps.effects, failed: (id, error) => deps.effects.failed(id, error, 'given_up') },
    }),
});
