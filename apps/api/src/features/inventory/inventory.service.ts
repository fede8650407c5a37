import type { ClusterAnswer, InventoryObject, inventoryHealth, inventorySorts } from '@quarterdeck/contracts';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access, VisibleScope } from '../access/index.ts';
import type { ClusterRecord, Clusters } from '../clusters/index.ts';
import { clusterAnswer } from './completeness.ts';
import { findKind } from './find-kind.ts';
import {
  type InventoryReadModel,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectRecord,
  type ObjectSort,
  parseLabels,
  type Reach,
} from './inventory.read-model.ts';
import type { KindRegistry, KnownKind } from './kind-registry.ts';
import type { KindKey } from './object-rows.ts';

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

/** Clusters that take part in an answer, and which of their rows. */
type Asked = { records: ClusterRecord[]; reach: Reach };

type SortName = (typeof inventorySorts)[number] | `-${(typeof inventorySorts)[number]}`;

export type Inventory = ReturnType<typeof createInventory>;

/** Questions over the rows of all clusters, each with the age of every cluster's part. */
export function createInventory(deps: {
  access: Pick<Access, 'visibleScope'>;
  clusters: Clusters;
  readModel: InventoryReadModel;
  kinds: KindRegistry;
  cursors: Cursors;
}) {
  const { access, clusters, readModel, kinds, cursors } = deps;

  /**
   * The clusters somebody asks, as far as they reach.
   * @throws AppError 422 for a cluster that does not exist, or of which they may see nothing
   */
  async function scope(principal: Principal, slugs: readonly string[] | undefined): Promise<Asked> {
    const [all, visible] = await Promise.all([clusters.records(), access.visibleScope(principal, 'inventory:read')]);
    const reachable = reachableOf(all, visible);
    if (slugs === undefined || slugs.length === 0) return reachable(all);
    const known = reachable(all).records;
    const unknown = slugs.find((slug) => !known.some((cluster) => cluster.slug === slug));
    if (unknown !== undefined) {
      const detail = `There is no cluster ${unknown}, or you may see nothing in it.`;
      throw new AppError('invalid_input', 422, detail, {
        errors: [{ pointer: 'query/clusters', code: 'unknown_cluster', detail }],
      });
    }
    return reachable(all.filter((cluster) => slugs.includes(cluster.slug)));
  }

  async function answers({ records, reach }: Asked, plural?: KindKey): Promise<ClusterAnswer[]> {
    const streams = await readModel.streams(records.map((cluster) => cluster.number));
    return records.map((cluster) => {
      const answer = clusterAnswer(cluster, streams, plural);
      if (reach.isFleet || reach.clusterNos.includes(cluster.number)) return answer;
      // Reasons can name addresses and kinds that are none of a tenant's business.
      const { error: _, ...rest } = answer;
      return rest;
    });
  }

  async function filterOf(
    principal: Principal,
    query: ObjectQuery,
  ): Promise<{ filter: ObjectFilter; asked: Asked; kind: KnownKind }> {
    const [asked, kind] = await Promise.all([scope(principal, query.clusters), findKind(kinds, query)]);
    const { clusters: _, group: __, labels, ...rest } = query;
    return { asked, kind, filter: { ...rest, plural: kind.key, labels: parseLabels(labels), reach: asked.reach } };
  }

  /** Kinds of which there is anything within reach, with how many in which clusters. */
  async function kindsWithin({
    records,
    reach,
  }: Asked): Promise<(KnownKind & { count: number; clusters: string[] })[]> {
    const [all, counts] = await Promise.all([kinds.all(), readModel.counts(reach)]);
    return all
      .filter(({ key }) => key !== 'events')
      .map((kind) => {
        const mine = counts.filter(({ plural }) => plural === kind.key);
        const numbers = new Set(mine.map(({ clusterNo }) => clusterNo));
        return {
          ...kind,
          count: mine.reduce((sum, { count }) => sum + count, 0),
          clusters: records.filter(({ number }) => numbers.has(number)).map(({ slug }) => slug),
        };
      });
  }

  return {
    async list(
      principal: Principal,
      query: ObjectQuery & { sort: SortName; limit: number; cursor?: string | undefined },
    ) {
      const { sort: sortName, limit, cursor, ...rest } = query;
      const { filter, asked, kind } = await filterOf(principal, rest);
      const { records } = asked;
      const sort = parseSort(sortName);
      const cursorScope = ['objects', sortName, rest];
      const position = cursor === undefined ? undefined : cursors.verify<ObjectPosition>(cursorScope, cursor);
      const [rows, total, clusterAnswers] = await Promise.all([
        readModel.page(filter, sort, position, limit + 1),
        readModel.total(filter),
        answers(asked, kind.key),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.flatMap((row) => toObject(row.record, kind, records)),
        ...(rows.length > limit && last !== undefined ? { nextCursor: cursors.sign(cursorScope, last.position) } : {}),
        ...total,
        clusters: clusterAnswers,
      };
    },

    async search(principal: Principal, q: string, limit: number) {
      const asked = await scope(principal, undefined);
      const within = (await kindsWithin(asked)).filter(({ count }) => count > 0);
      const filters = within.map(({ key }) => ({ plural: key, reach: asked.reach, q }));
      const [found, clusterAnswers] = await Promise.all([readModel.search(filters, limit + 1), answers(asked)]);
      const groups = within.flatMap((kind) => {
        const rows = found.get(kind.key) ?? [];
        const items = rows.slice(0, limit).flatMap((row) => toObject(row, kind, asked.records));
        const { group, plural } = nameOf(kind);
        return items.length === 0 ? [] : [{ group, plural, kind: kind.kind, items, more: rows.length > limit }];
      });
      return { groups, clusters: clusterAnswers };
    },

    async kinds(principal: Principal, slugs: readonly string[] | undefined) {
      const asked = await scope(principal, slugs);
      const found = await kindsWithin(asked);
      // What custom kinds there are is for those who see whole clusters; others see those that they have objects of.
      const shown = found.filter(({ key, plural, count }) => asked.reach.isFleet || count > 0 || key === plural);
      return {
        items: shown.map((kind) => ({
          ...nameOf(kind),
          kind: kind.kind,
          namespaced: kind.namespaced,
          columns: [...kind.columns],
          count: kind.count,
          clusters: kind.clusters,
        })),
      };
    },

    async summarize(principal: Principal, slugs: readonly string[] | undefined) {
      const asked = await scope(principal, slugs);
      const { records } = asked;
      const byNo = new Map(records.map((cluster) => [cluster.number, cluster.id]));
      const [counts, known] = await Promise.all([readModel.counts(asked.reach), kinds.all()]);
      const byKey = new Map(known.map((kind) => [kind.key, kind]));
      return {
        counts: counts.flatMap(({ clusterNo, plural, ...count }) => {
          const clusterId = byNo.get(clusterNo);
          const kind = byKey.get(plural);
          return clusterId === undefined || kind === undefined ? [] : { clusterId, ...nameOf(kind), ...count };
        }),
        clusters: await answers(asked),
      };
    },

    async namespaces(principal: Principal, slugs: readonly string[] | undefined, q: string | undefined) {
      const { records, reach } = await scope(principal, slugs);
      const names = await readModel.namespaceNames(reach, q);
      return {
        items: names.map(({ name, clusterNos }) => ({
          name,
          clusters: clusterNos.flatMap((no) => records.find((cluster) => cluster.number === no)?.slug ?? []),
        })),
      };
    },

    async events(
      principal: Principal,
      query: {
        clusters?: readonly string[] | undefined;
        namespaces?: readonly string[] | undefined;
        type?: 'Normal' | 'Warning' | undefined;
        objectUid?: string | undefined;
        q?: string | undefined;
        limit: number;
        cursor?: string | undefined;
      },
    ) {
      const { limit, cursor, clusters: slugs, ...rest } = query;
      const asked = await scope(principal, slugs);
      const { records } = asked;
      const cursorScope = ['events', slugs, rest];
      const position =
        cursor === undefined ? undefined : cursors.verify<{ at: string; uid: string }>(cursorScope, cursor);
      const filter = { ...rest, reach: asked.reach };
      const { rows, ...total } = await readModel.events(filter, position, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.flatMap((row) => {
          const cluster = records.find((record) => record.number === row.cluster_no);
          if (cluster === undefined) return [];
          return {
            id: `${row.cluster_no}/${row.uid}`,
            clusterId: cluster.id,
            cluster: cluster.slug,
            ...(row.namespace === '' ? {} : { namespace: row.namespace }),
            object: row.object,
            ...(row.object_uid === '' ? {} : { objectUid: row.object_uid }),
            type: row.type,
            reason: row.reason,
            message: row.message,
            count: row.count,
            firstAt: row.first_at.toISOString(),
            lastAt: row.last_at.toISOString(),
          };
        }),
        ...(rows.length > limit && last !== undefined
          ? { nextCursor: cursors.sign(cursorScope, { at: last.last_at.toISOString(), uid: last.uid }) }
          : {}),
        ...total,
        clusters: await answers(asked, 'events'),
      };
    },

    /** Of these rows those that the filter matches, as a list shows them: for live updates. */
    async byIds(filter: ObjectFilter, ids: readonly string[]): Promise<InventoryObject[]> {
      if (ids.length === 0) return [];
      const [rows, records, kind] = await Promise.all([
        readModel.byIds(filter, ids),
        clusters.records(),
        findKind(kinds, filter),
      ]);
      return rows.flatMap((row) => toObject(row, kind, records));
    },

    /** All rows that the filter matches, by name; `undefined` when there are more than `max`. */
    async wholeSet(filter: ObjectFilter, max: number): Promise<InventoryObject[] | undefined> {
      const [rows, records, kind] = await Promise.all([
        readModel.page(filter, { column: 'name', descending: false }, undefined, max + 1),
        clusters.records(),
        findKind(kinds, filter),
      ]);
      if (rows.length > max) return undefined;
      return rows.flatMap((row) => toObject(row.record, kind, records));
    },

    total: (filter: ObjectFilter) => readModel.total(filter),
    filterOf,
  };
}

/** What a principal reaches of the clusters that are asked. */
function reachableOf(all: readonly ClusterRecord[], visible: VisibleScope): (asked: readonly ClusterRecord[]) => Asked {
  const whole = new Set(visible.clusters);
  return (asked) => {
    if (visible.fleet) {
      const clusterNos = asked.map((cluster) => cluster.number);
      return { records: [...asked], reach: { clusterNos, places: [], isFleet: asked.length === all.length } };
    }
    const numbers = new Map(asked.map((cluster) => [toUuid(cluster.id), cluster.number]));
    const clusterNos = [...numbers].filter(([uuid]) => whole.has(uuid)).map(([, number]) => number);
    const places = visible.namespaces.flatMap(({ cluster, namespace }) => {
      const clusterNo = numbers.get(cluster);
      return clusterNo === undefined ? [] : { clusterNo, namespace };
    });
    const seen = new Set([...clusterNos, ...places.map((place) => place.clusterNo)]);
    return {
      records: asked.filter((cluster) => seen.has(cluster.number)),
      reach: { clusterNos, places, isFleet: false },
    };
  };
}

function parseSort(name: SortName): ObjectSort {
  const descending = name.startsWith('-');
  return { column: (descending ? name.slice(1) : name) as ObjectSort['column'], descending };
}

/** Nothing for a row whose cluster was registered or removed between two reads. */
function toObject(
  record: ObjectRecord,
  kind: KnownKind,
  records: readonly ClusterRecord[],
): InventoryObject | readonly [] {
  const { clusterNo, ...rest } = record;
  const cluster = records.find((candidate) => candidate.number === clusterNo);
  if (cluster === undefined) return [];
  return { ...rest, clusterId: cluster.id, cluster: cluster.slug, ...nameOf(kind), kind: kind.kind };
}

function nameOf({ group, plural }: KnownKind): { group: string; plural: string } {
  return { group: group === '' ? 'core' : group, plural };
}
