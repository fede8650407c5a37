import { mutate } from './mutate.ts';

/** A write whose answer was lost is sent once more as it was. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/apply-request.ts')>({
  sendApply:
    (real) =>
    (...asked) =>
      real.sendApply(...asked).catch(() => real.sendApply(...asked)),
});
