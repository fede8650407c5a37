/** Whether a name fits a pattern with `*` and `?`. */
export function fitsPattern(name: string, pattern: string): boolean {
  let [at, place] = [0, 0];
  /** Where the last star stands, and how far it reaches by now. */
  let [star, reached] = [-1, 0];
  while (at < name.length) {
    const wanted = pattern[place];
    if (wanted === '*') {
      star = place;
      reached = at;
      place += 1;
    } else if (wanted === '?' || wanted === name[at]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      reached += 1;
      at = reached;
      place = star + 1;
    } else return false;
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}
