/**
 * Which rows of one kind a question reaches: what the portal's grants and each cluster's own RBAC both give. Namespaces
 * go by their numbers; where they are many, they are kept in the database under `scopeNo`.
 */
export type Reach = {
  /** All rows of all clusters: no condition is needed. */
  readonly isFleet: boolean;
  /** Clusters with all rows of the kind. */
  readonly clusterNos: readonly number[];
  readonly nsNos: readonly number[];
  readonly scopeNo?: number;
  /** Single rows. */
  readonly named: readonly { nsNo: number; name: string }[];
  /** Rows of these names wherever they are in the cluster. */
  readonly anywhere: readonly { clusterNo: number; name: string }[];
  /** Another one when the rows are others. */
  readonly key: string;
};

/**
 * More namespaces than these are looked up in the database instead of being sent with each statement. Sent, the planner
 * knows how many rows they hold and tries them by hash along the order of the list: of 2,000 in 60,000 pods a page takes
 * 6 ms, looked up 35.
 */
export const sentAtMost = 5000;

/** Everything: for work of the product itself. */
export function wholeReach(clusterNos: readonly number[], isFleet: boolean): Reach {
  return { isFleet, clusterNos, nsNos: [], named: [], anywhere: [], key: isFleet ? 'fleet' : clusterNos.join() };
}

/** The condition for rows that are counted or told by namespace alone. `column` is SQL of an `ns_no`. */
export function namespaceCondition(reach: Reach, values: unknown[], column: string): string {
  if (reach.isFleet) return 'true';
  const { clusterNos, nsNos, scopeNo } = reach;
  // A set each, never an OR per namespace or cluster.
  const sets: string[] = [];
  const add = (sql: (place: string) => string, value: unknown) => {
    values.push(value);
    sets.push(sql(`$${values.length}`));
  };
  if (clusterNos.length > 0) {
    const numbers = (place: string) => `SELECT ns_no FROM inventory_namespace WHERE cluster_no = ANY(${place}::int[])`;
    add((place) => `${column} IN (${numbers(place)})`, clusterNos);
  }
  if (scopeNo !== undefined) {
    const numbers = (place: string) => `SELECT ns_no FROM inventory_scope_namespace WHERE scope_no = ${place}::int`;
    add((place) => `${column} IN (${numbers(place)})`, scopeNo);
  }
  if (nsNos.length > 0) add((place) => `${column} = ANY(${place}::int[])`, nsNos);
  const [only, ...others] = sets;
  if (only === undefined) return 'false';
  return others.length === 0 ? only : `(${sets.join(' OR ')})`;
}

/** The condition for rows of `inventory_object o`. */
export function rowCondition(reach: Reach, values: unknown[]): string {
  const namedOnes = namedCondition(reach, values);
  if (namedOnes === undefined) return namespaceCondition(reach, values, 'o.ns_no');
  const spaces = namespaceCondition(reach, values, 'o.ns_no');
  return spaces === 'false' ? namedOnes : `(${spaces} OR ${namedOnes})`;
}

/** Rows that are reached by their names; `undefined` where there are none. */
export function namedCondition(reach: Reach, values: unknown[]): string | undefined {
  const parts: string[] = [];
  const add = (columns: string, numbers: readonly number[], names: readonly string[]) => {
    values.push(numbers, names);
    parts.push(`${columns} IN (SELECT * FROM unnest($${values.length - 1}::int[], $${values.length}::text[]))`);
  };
  const { named, anywhere } = reach;
  const namesOf = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);
  if (named.length > 0) {
    const numbers = named.map(({ nsNo }) => nsNo);
    add('(o.ns_no, o.name)', numbers, namesOf(named));
  }
  if (anywhere.length > 0) {
    const numbers = anywhere.map(({ clusterNo }) => clusterNo);
    add('(o.cluster_no, o.name)', numbers, namesOf(anywhere));
  }
  return parts.length === 0 ? undefined : `(${parts.join(' OR ')})`;
}

/** Are there rows that only a look at each of them counts? */
export function hasNamed({ named, anywhere }: Reach): boolean {
  return named.length + anywhere.length > 0;
}

/** Does it reach no row at all, whatever there is? */
export function isEmpty(reach: Reach): boolean {
  const { isFleet, clusterNos, nsNos, scopeNo } = reach;
  return !isFleet && clusterNos.length + nsNos.length === 0 && scopeNo === undefined && !hasNamed(reach);
}
