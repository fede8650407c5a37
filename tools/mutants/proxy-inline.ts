import { mutate } from './mutate.ts';

/** Answers of a cluster keep the headers that it gave them. */
export default mutate<typeof import('../../packages/kubernetes/src/proxy/proxy-headers.ts')>({
  headersOut: () => (given) => ({ ...given }) as Record<string, string>,
});
