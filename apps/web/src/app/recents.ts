/** A place in the portal one was at, or wants to find again. */
export type Place = { title: string; to: string };

const keptRecents = 20;
const keys = { recent: 'quarterdeck.recents', starred: 'quarterdeck.starred' } as const;

function read(list: keyof typeof keys): readonly Place[] {
  try {
    return JSON.parse(localStorage.getItem(keys[list]) ?? '[]') as Place[];
  } catch {
    return [];
  }
}

function write(list: keyof typeof keys, places: readonly Place[]): void {
  localStorage.setItem(keys[list], JSON.stringify(places));
}

const pathOf = (to: string) => to.split('?')[0] ?? to;

const isEntry = (path: string) => path === '/' || /^\/(setup|sign-in|welcome)(\/|$)/.test(path);

/** Newest first, each page once; the front page and the entry are no places to go back to. */
export function withPlace(places: readonly Place[], place: Place, max: number): readonly Place[] {
  if (isEntry(pathOf(place.to))) return places;
  return [place, ...places.filter((other) => pathOf(other.to) !== pathOf(place.to))].slice(0, max);
}

/** Pages of this browser, the last one first. */
export const recents = () => read('recent');
export const starred = () => read('starred');

export function remember(place: Place): void {
  write('recent', withPlace(recents(), place, keptRecents));
}

/** Stars a page, or takes its star. @returns whether it has one now */
export function toggleStar(place: Place): boolean {
  const before = starred();
  const has = before.some((other) => other.to === place.to);
  write('starred', has ? before.filter((other) => other.to !== place.to) : [...before, place]);
  return !has;
}
