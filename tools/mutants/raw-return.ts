import { mutate } from './mutate.ts';

/** A sign-in leads wherever it was asked to. */
export default mutate<typeof import('../../apps/api/src/features/identity/oidc/return-to.ts')>({
  safeReturnTo: () => (asked) => asked ?? '/',
});
