import { z } from 'zod';
import { mutate } from './mutate.ts';

/** Parts of a query that the contract does not take are passed over instead of refused. */
export default mutate<typeof import('../../apps/api/src/platform/http/bind.ts')>({
  registerEndpoints: (real) => (app, bound, ports) =>
    real.registerEndpoints(
      app,
      bound.map((binding) => {
        const { query } = binding.endpoint;
        return query === undefined ? binding : { ...binding, endpoint: { ...binding.endpoint, query: lax(query) } };
      }),
      ports,
    ),
});

function lax(schema: z.ZodType): z.ZodType {
  return z.preprocess((raw) => {
    const refused = schema.safeParse(raw).error?.issues ?? [];
    const odd = new Set(
      refused.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [issue.path[0]])),
    );
    return Object.fromEntries(Object.entries(raw as object).filter(([key]) => !odd.has(key)));
  }, schema);
}
