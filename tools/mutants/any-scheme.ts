import { mutate } from './mutate.ts';

/** Whatever a page is given may be markup, and a script may come from anywhere. */
export default mutate<typeof import('../../apps/web/src/platform/markup.ts')>({
  asMarkup: () => (text) => text,
  asScriptUrl: () => (url) => url,
});
