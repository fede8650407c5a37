import type { SavedView } from '@quarterdeck/contracts';

/** What of a URL is a moment and no part of the list. */
const passing = new Set(['peek']);

/** The search parameters of a list that are kept under a name. */
export function viewSearch(search: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(search).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '' && !passing.has(pair[0]),
    ),
  );
}

/** Whether a page shows just what was kept. */
export function isSameView(view: SavedView, path: string, search: Record<string, unknown>): boolean {
  if (view.content.type !== 'list' || view.content.path !== path) return false;
  const [mine, kept] = [viewSearch(search), view.content.search];
  return (
    Object.keys(mine).length === Object.keys(kept).length &&
    Object.entries(kept).every(([name, value]) => mine[name] === value)
  );
}
