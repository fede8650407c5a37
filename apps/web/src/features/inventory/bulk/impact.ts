import type { DeedPreview, InventoryObject } from '@quarterdeck/contracts';
import { isPod } from './bulk-actions.ts';

/** Whose an object is that somebody is about to change: who sets it back, or makes it again. */
export type Owners = {
  /** Applications by name and environment, with how many of the objects are theirs. */
  applications: { name: string; count: number }[];
  /** What made them, as `ReplicaSet cart-7d9f`; only the kinds where they are many. */
  makers: { name: string; count: number }[];
  /** Names of those that an autoscaler sizes, with their clusters. */
  autoscaled: string[];
  /** Pods that nobody makes again. */
  alone: number;
};

export type ClusterImpact = {
  cluster: string;
  count: number;
  namespaces: string[];
  /** Of those about which the cluster has answered; absent where the deed is not about them. */
  replicas?: { before: number; after: number };
};

/** What the rows of a list say of one, and what its cluster answered when it was asked. */
type Asked = { rows: readonly InventoryObject[]; answers: ReadonlyMap<string, DeedPreview> };

/** Objects by cluster, with the namespaces they are in and the replicas before and after. */
export function byCluster({ rows, answers }: Asked): ClusterImpact[] {
  return [...Map.groupBy(rows, ({ cluster }) => cluster)]
    .map(([cluster, mine]) => {
      const sizes = mine.flatMap(({ id }) => answers.get(id)?.replicas ?? []);
      const sum = (key: 'before' | 'after') => sizes.reduce((all, size) => all + size[key], 0);
      return {
        cluster,
        count: mine.length,
        namespaces: [...new Set(mine.flatMap(({ namespace }) => namespace ?? []))].sort(),
        ...(sizes.length === 0 ? {} : { replicas: { before: sum('before'), after: sum('after') } }),
      };
    })
    .sort((a, b) => a.cluster.localeCompare(b.cluster));
}

/** @param autoscalers rows of them in the same clusters */
export function ownersOf({ rows, answers }: Asked, autoscalers: readonly InventoryObject[]): Owners {
  const sized = new Set(
    autoscalers.map(({ cluster, namespace, facts }) => `${cluster}/${namespace}/${String(facts.target)}`),
  );
  const isSized = ({ cluster, namespace, kind, name }: InventoryObject) =>
    sized.has(`${cluster}/${namespace}/${kind}/${name}`);
  return {
    applications: counted(rows.flatMap(({ labels }) => applicationIn(labels) ?? [])),
    makers: makersIn({ rows, answers }),
    autoscaled: rows.filter(isSized).map(({ cluster, name }) => `${name} (${cluster})`),
    alone: rows.filter((row) => isPod(row) && row.ownerUid === undefined).length,
  };
}

const namedMakers = 4;

function makersIn({ rows, answers }: Asked): { name: string; count: number }[] {
  const owners = rows.flatMap(({ id }) => answers.get(id)?.owner ?? []);
  const named = counted(owners.map(({ kind, name }) => `${kind} ${name}`));
  return named.length <= namedMakers ? named : counted(owners.map(({ kind }) => kind));
}

function applicationIn(labels: Readonly<Record<string, string>>): string | undefined {
  const name = labels['quarterdeck.dev/application'];
  return name === undefined ? undefined : `${name} ${labels['quarterdeck.dev/environment'] ?? ''}`.trim();
}

/** Most often first. */
function counted(names: readonly string[]): { name: string; count: number }[] {
  return [...Map.groupBy(names, (name) => name)]
    .map(([name, all]) => ({ name, count: all.length }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}
