/** Where a member stands; empty once it has left. */
export type Place<T> = { member: T | undefined; at: number };

/** Those who are present of many who come and go. */
export interface Crowd<T> {
  enter(member: T): Place<T>;
  /** False: it had left before. */
  leave(place: Place<T>): boolean;
  /** The places that are taken at the moment, in no order; one of them may be left while a caller goes through them. */
  places(): Place<T>[];
  readonly size: number;
}

/**
 * For what each request enters and leaves. A `Set` or a `Map` would keep all that ever was in it from the scavenger: a
 * table that grew full of deletions refers to the one after it, and the first of them is old. Every request would then
 * outlive the young generation with all it holds, until the next full collection.
 */
export function createCrowd<T>(): Crowd<T> {
  const taken: Place<T>[] = [];
  return {
    enter(member) {
      const place = { member, at: taken.length };
      taken.push(place);
      return place;
    },
    leave(place) {
      if (place.member === undefined) return false;
      place.member = undefined;
      const last = taken.pop();
      if (last !== undefined && last !== place) {
        taken[place.at] = last;
        last.at = place.at;
      }
      return true;
    },
    places: () => [...taken],
    get size() {
      return taken.length;
    },
  };
}
