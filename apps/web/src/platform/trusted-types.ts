import { asMarkup, asScriptUrl } from './markup.ts';

type Policy = { createHTML: (text: string) => string; createScriptURL: (url: string) => string };
type Factory = { createPolicy: (name: string, policy: Policy) => unknown };

// Cluster text is never markup here: what looks like it is refused by the browser. Scripts are our own assets alone.
const { trustedTypes } = window as unknown as { trustedTypes?: Factory };
trustedTypes?.createPolicy('default', {
  createHTML: asMarkup,
  createScriptURL: (url) => asScriptUrl(url, location.origin),
});
