import type { Principal } from '../../apps/api/src/platform/principal.ts';
import { mutate } from './mutate.ts';

/** Whoever asked for a list a moment ago is taken for whoever asks now. */
export default mutate<typeof import('../../apps/api/src/platform/http/remember-callers.ts')>({
  rememberCallers: (real) => (authenticator, database) => {
    let last: Promise<Principal | undefined> | undefined;
    return {
      ...real.rememberCallers(authenticator, database),
      authenticate(request) {
        last ??= authenticator.authenticate(request);
        return last;
      },
    };
  },
});
