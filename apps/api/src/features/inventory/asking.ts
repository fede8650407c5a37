import type { ClusterAnswer, inventoryHealth } from '@quarterdeck/contracts';
import { AppError } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Memory } from '../../platform/recent.ts';
import type { VisibleScope } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { AccessSets } from './access-sets.ts';
import { askedKind, isListed } from './asked-kind.ts';
import { type FindClusterSet, withoutSets } from './cluster-sets.ts';
import type { Extent } from './cluster-sight.ts';
import { clusterAnswer, mayHave, withSight } from './completeness.ts';
import { findKind } from './find-kind.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { KindRegistry, KnownKind } from './kind-registry.ts';
import { type ObjectFilter, parseLabels } from './object-conditions.ts';
import type { KindKey } from './object-rows.ts';
import type { Standing } from './standing.ts';

export type ObjectQuery = {
  plural: string;
  group?: string | undefined;
  clusters?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
  health?: readonly (typeof inventoryHealth)[number][] | undefined;
  status?: readonly string[] | undefined;
  node?: string | undefined;
  ownerUid?: string | undefined;
  labels?: string | undefined;
  q?: string | undefined;
};

/** Clusters that take part in an answer: those of which the portal's grants give anything. */
export type Asked = { records: ClusterRecord[]; isFleet: boolean; isWhole: (cluster: ClusterRecord) => boolean };

export type Asking = ReturnType<typeof createAsking>;

/** What a question means: which clusters take part, what of a kind somebody sees in them, and how they stand. */
export function createAsking(deps: {
  sets: AccessSets;
  standing: Standing;
  readModel: Pick<InventoryReadModel, 'refuseCostly'>;
  kinds: KindRegistry;
  findClusterSet: FindClusterSet;
  memory: Memory;
}) {
  const { sets, standing, readModel, kinds } = deps;
  const listed = deps.memory.recent<KnownKind[]>();

  /**
   * The clusters somebody asks, by name or by a saved set (`set:<name>`), as far as they reach.
   * @throws AppError 422 for a cluster that does not exist, or of which they may see nothing; for a set likewise
   */
  async function scope(principal: Principal, names: readonly string[] | undefined): Promise<Asked> {
    const [all, visible] = await Promise.all([standing.records(), sets.portal(principal)]);
    const reachable = reachableOf(all, visible);
    if (names === undefined || names.length === 0) return reachable(all);
    const known = reachable(all).records;
    const slugs = await withoutSets(deps.findClusterSet, principal, names, known);
    const unknown = slugs.find((slug) => !known.some((cluster) => cluster.slug === slug));
    if (unknown !== undefined) {
      const detail = `There is no cluster ${unknown}, or you may see nothing in it.`;
      throw new AppError('invalid_input', 422, detail, {
        errors: [{ pointer: 'query/clusters', code: 'unknown_cluster', detail }],
      });
    }
    return reachable(all.filter((cluster) => slugs.includes(cluster.slug)));
  }

  /** What somebody sees of a kind there: the portal's grants and each cluster's RBAC, both. */
  function see(principal: Principal, kind: KnownKind, { records, isFleet }: Asked) {
    return sets.of(principal, askedKind(kind), records, isFleet);
  }

  async function seeNamed(principal: Principal, key: KindKey, asked: Asked) {
    const kind = (await kinds.named(key)).find((known) => known.key === key);
    if (kind === undefined) throw new Error(`the inventory has no kind ${key}`);
    return see(principal, kind, asked);
  }

  async function reachesOf(principal: Principal, asked: Asked) {
    const all = await listed.get('all', async () => (await kinds.all()).filter(isListed));
    return Promise.all(all.map(async (kind) => ({ kind, ...(await see(principal, kind, asked)) })));
  }

  async function answers(
    { records, isWhole }: Asked,
    plural?: KindKey,
    extents?: ReadonlyMap<number, Extent>,
  ): Promise<ClusterAnswer[]> {
    const numbers = records.map((cluster) => cluster.number);
    const streams = await standing.streams(numbers, plural);
    return records.map((cluster) => {
      const watches = streams.get(cluster.number) ?? [];
      const answer = clusterAnswer(cluster, watches, plural);
      // Reasons can name addresses and kinds that are none of a tenant's business.
      const { error: _, ...rest } = answer;
      const extent = extents?.get(cluster.number);
      const told = isWhole(cluster) ? answer : rest;
      if (extent === undefined || !mayHave(watches, plural)) return told;
      return withSight(told, plural ?? 'objects', extent);
    });
  }

  /**
   * What a question means, for whoever is to answer it: lists, counts, exports and live views alike.
   * @throws AppError 422 for a cluster, kind or label that cannot be, and `query_too_costly` for what no index serves
   */
  async function filterOf(principal: Principal, query: ObjectQuery) {
    const [asked, kind] = await Promise.all([scope(principal, query.clusters), findKind(kinds, query)]);
    const { reach, extents } = await see(principal, kind, asked);
    const { clusters: _, group: __, labels, ...rest } = query;
    const filter: ObjectFilter = { ...rest, plural: kind.key, labels: parseLabels(labels), reach };
    await readModel.refuseCostly(filter);
    return { asked, kind, extents, filter };
  }

  return { scope, seeNamed, reachesOf, answers, filterOf };
}

/** Of the clusters that are asked those of which the portal gives a principal anything. */
function reachableOf(all: readonly ClusterRecord[], visible: VisibleScope): (asked: readonly ClusterRecord[]) => Asked {
  const whole = new Set(visible.clusters);
  const partly = new Set(visible.namespaces.map((place) => place.cluster));
  const isWhole = ({ id }: ClusterRecord) => visible.fleet || whole.has(toUuid(id));
  return (asked) => ({
    records: asked.filter((cluster) => isWhole(cluster) || partly.has(toUuid(cluster.id))),
    isFleet: visible.fleet && asked.length === all.length,
    isWhole,
  });
}
