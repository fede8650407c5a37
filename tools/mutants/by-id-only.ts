import { mutate } from './mutate.ts';

/** Whoever knows an id may use it, as long as they hold the permission somewhere. */
export default mutate<typeof import('../../apps/api/src/platform/http/bind.ts')>({
  registerEndpoints: (real) => (app, bound, ports) =>
    real.registerEndpoints(
      app,
      bound.map((binding) => ({ ...binding, target: () => 'any' as const })),
      ports,
    ),
});
