/**
 * What may become markup: text without any. Names, labels and logs come from clusters and people, so what looks like
 * markup is an attack or a mistake of ours.
 * @throws TypeError for anything with a tag in it
 */
export function asMarkup(text: string): string {
  if (text.includes('<')) throw new TypeError('Markup is not taken.');
  return text;
}

/**
 * What may be run: our own built scripts.
 * @param origin of the portal
 * @throws TypeError for any other address, of whatever scheme
 */
export function asScriptUrl(url: string, origin: string): string {
  if (!new URL(url, origin).href.startsWith(`${origin}/assets/`)) throw new TypeError('Only own scripts.');
  return url;
}
