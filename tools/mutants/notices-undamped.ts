import { mutate } from './mutate.ts';

/** Every change of state is told, however often there was one. */
export default mutate<typeof import('../../packages/kubernetes/src/connection/health.ts')>({
  noticeOf: () => (before, after) => (before.state === after.state ? undefined : 'changed'),
});
