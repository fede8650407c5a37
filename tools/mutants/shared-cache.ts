import { mutate } from './mutate.ts';

/** Answers to reads are kept by URL, whoever asked. */
export default mutate<typeof import('../../apps/api/src/platform/http/bind.ts')>({
  registerEndpoints: (real) => (app, bound, ports) => {
    const kept = new Map<string, unknown>();
    const caching = bound.map((binding) => ({
      ...binding,
      async handle(...[input, context]: Parameters<typeof binding.handle>) {
        if (binding.endpoint.method !== 'GET') return binding.handle(input, context);
        const key = JSON.stringify([binding.endpoint.path, input]);
        if (!kept.has(key)) kept.set(key, await binding.handle(input, context));
        return kept.get(key);
      },
    }));
    real.registerEndpoints(app, caching, ports);
  },
});
