import { mutate } from './mutate.ts';

/** The place that is checked comes from the session of the person: the words of the body are not looked at. */
export default mutate<typeof import('../../apps/api/src/platform/http/bind.ts')>({
  registerEndpoints: (real) => (app, bound, ports) =>
    real.registerEndpoints(
      app,
      bound.map((binding) => ({
        ...binding,
        target: (input) => (input.body === undefined ? binding.target(input) : 'any'),
      })),
      ports,
    ),
});
