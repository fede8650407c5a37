/** Something of a draft, by the application and environment it is of. */
export type Placed = { applicationId: string; environmentId: string; environmentName: string; tier: string };

/** What of a draft goes after which others of it, and what it needs that is not in it. */
export type Ordered<T> = {
  item: T;
  /** From 1: whatever it needs of the draft has a lower one. */
  step: number;
  /** Items of the draft that it needs. */
  after: T[];
  /** Ids of applications that it needs and the draft does not have beside its environment. */
  outside: string[];
};

/**
 * Puts what others need first, and keeps the order otherwise. An application that is needed is looked for where it stands
 * beside the environment of the one that needs it: in the environment of the same name, else in those of the same tier.
 * @param needs ids of applications that an application needs, as its people declared it
 */
export function inOrder<T extends Placed>(
  items: readonly T[],
  needs: ReadonlyMap<string, readonly string[]>,
): Ordered<T>[] {
  const beside = (item: T, applicationId: string): T[] => {
    const theirs = items.filter((other) => other.applicationId === applicationId);
    const named = theirs.filter(({ environmentName }) => environmentName === item.environmentName);
    return named.length > 0 ? named : theirs.filter(({ tier }) => tier === item.tier);
  };
  const wanted = new Map(
    items.map((item) => {
      const found = (needs.get(item.applicationId) ?? []).map((id) => ({ id, theirs: beside(item, id) }));
      const outside = found.flatMap(({ id, theirs }) => (theirs.length === 0 ? [id] : []));
      return [item, { after: found.flatMap(({ theirs }) => theirs), outside }] as const;
    }),
  );
  const steps = new Map<T, number>();
  const stepOf = (item: T): number => {
    const known = steps.get(item);
    if (known !== undefined) return known;
    // Declared needs have no circles; one that a race let through must not send us round.
    steps.set(item, 1);
    const step = 1 + Math.max(0, ...(wanted.get(item)?.after ?? []).map(stepOf));
    steps.set(item, step);
    return step;
  };
  return items
    .map((item) => ({ item, step: stepOf(item), ...(wanted.get(item) ?? { after: [], outside: [] }) }))
    .toSorted((a, b) => a.step - b.step);
}
