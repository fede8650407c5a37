import { mutate } from './mutate.ts';

/** Whatever a cluster refuses is an invalid object. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/refusal.ts')>({
  refusalOf: (real) => (response, object) => ({
    ...real.refusalOf(response, object),
    outcome: 'invalid',
    code: 'invalid_object',
  }),
});
