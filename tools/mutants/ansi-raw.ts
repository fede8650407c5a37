import { mutate } from './mutate.ts';

/** Lines are shown as the workload wrote them, but for colours. */
export default mutate<typeof import('../../packages/ui/src/log-text.ts')>({
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what it is about
  plainText: () => (line) => line.replaceAll(/\u001b\[[0-9;]*m/g, ''),
});
