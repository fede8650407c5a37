import { parseToken } from '../../apps/api/src/features/identity/token-format.ts';
import { AppError } from '../../apps/api/src/platform/errors.ts';
import { mutate } from './mutate.ts';

/** An id that no token has is refused before its secret is compared. */
export default mutate<typeof import('../../apps/api/src/features/identity/tokens.authenticate.ts')>({
  createTokenAuthentication: (real) => (deps) => {
    const careful = real.createTokenAuthentication(deps);
    return {
      ...careful,
      async authenticate(text, ip) {
        const { total } = await deps.store.count({ q: parseToken(text)?.lookup });
        if (total === 0) throw new AppError('unauthenticated', 401, 'There is no such token.');
        return careful.authenticate(text, ip);
      },
    };
  },
});
