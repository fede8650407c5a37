/** Longest page address that is carried through a sign-in. */
const maxLength = 2000;

/**
 * Where a sign-in may lead: a page of the portal, by its path. Whatever a browser could read as another origin, or
 * that is not plainly a path, becomes `/`.
 * @param pages first segments of the portal's pages
 */
export function safeReturnTo(asked: string | undefined, pages: readonly string[]): string {
  if (asked === undefined || asked.length > maxLength) return '/';
  // Printable ASCII from one slash on; no backslash, which browsers take for a slash; nothing encoded into a slash.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(asked) || asked.includes('\\')) return '/';
  const path = asked.split(/[?#]/, 1)[0] ?? '/';
  if (path.includes('//') || /%(0[0-9a-f]|1[0-9a-f]|2e|2f|5c|7f)/i.test(asked)) return '/';
  const parsed = URL.parse(asked, 'https://portal.invalid');
  if (parsed === null || parsed.origin !== 'https://portal.invalid' || parsed.pathname !== path) return '/';
  const first = path.split('/')[1] ?? '';
  return first === '' || pages.includes(first) ? asked : '/';
}
