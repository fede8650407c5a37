import { AppError } from '../../apps/api/src/platform/errors.ts';
import { mutate } from './mutate.ts';

/** A refusal repeats what was sent, so that whoever reads the answer sees the proof too. */
export default mutate<typeof import('../../apps/api/src/platform/http/problems.ts')>({
  sendRefusal: (real) => (request, reply, error) => {
    const sent = String(request.headers.authorization);
    return real.sendRefusal(request, reply, new AppError(error.code, error.status, `${error.message} ${sent}`));
  },
});
