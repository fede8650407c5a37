type Changed = {
  cluster: string;
  kind: string;
  name: string;
  change: string;
  before?: string | undefined;
  after?: string | undefined;
};

/** Changes that are alike, byte for byte, in several clusters: once, with the clusters. */
export function mergeSame<C extends Changed>(changes: readonly C[]): { item: C; clusters: string[] }[] {
  const groups = Map.groupBy(changes, ({ kind, name, change, before, after }) =>
    JSON.stringify([kind, name, change, before, after]),
  );
  return [...groups.values()].flatMap((group) =>
    group[0] === undefined ? [] : [{ item: group[0], clusters: group.map(({ cluster }) => cluster).sort() }],
  );
}
