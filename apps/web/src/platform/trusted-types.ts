type Policy = { createHTML: (text: string) => string; createScriptURL: (url: string) => string };
type Factory = { createPolicy: (name: string, policy: Policy) => unknown };

// Cluster text is never markup here: what looks like it is refused by the browser. Scripts are our own assets alone.
const { trustedTypes } = window as unknown as { trustedTypes?: Factory };
trustedTypes?.createPolicy('default', {
  createHTML(text) {
    if (text.includes('<')) throw new TypeError('Markup is not taken.');
    return text;
  },
  createScriptURL(url) {
    if (!new URL(url, location.origin).href.startsWith(`${location.origin}/assets/`))
      throw new TypeError('Only own scripts.');
    return url;
  },
});
