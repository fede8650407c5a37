import {
  type ClusterAnswer,
  type InventoryObject,
  type inventoryHealth,
  inventoryKinds,
  type inventorySorts,
} from '@quarterdeck/contracts';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError } from '../../platform/errors.ts';
import type { ClusterRecord, Clusters } from '../clusters/index.ts';
import { clusterAnswer } from './completeness.ts';
import {
  type InventoryReadModel,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectRecord,
  type ObjectSort,
  parseLabels,
} from './inventory.read-model.ts';
import type { ListedPlural, WatchedPlural } from './object-rows.ts';

export type ObjectQuery = {
  plural: ListedPlural;
  clusters?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
  health?: readonly (typeof inventoryHealth)[number][] | undefined;
  status?: readonly string[] | undefined;
  node?: string | undefined;
  ownerUid?: string | undefined;
  labels?: string | undefined;
  q?: string | undefined;
};

type SortName = (typeof inventorySorts)[number] | `-${(typeof inventorySorts)[number]}`;

export type Inventory = ReturnType<typeof createInventory>;

/** Questions over the rows of all clusters, each with the age of every cluster's part. */
export function createInventory(deps: { clusters: Clusters; readModel: InventoryReadModel; cursors: Cursors }) {
  const { clusters, readModel, cursors } = deps;

  /** @throws AppError 422 for a cluster that does not exist */
  async function scope(slugs: readonly string[] | undefined): Promise<{ records: ClusterRecord[]; all: boolean }> {
    const records = await clusters.records();
    if (slugs === undefined || slugs.length === 0) return { records, all: true };
    const unknown = slugs.find((slug) => !records.some((cluster) => cluster.slug === slug));
    if (unknown !== undefined) {
      const detail = `There is no cluster ${unknown}.`;
      throw new AppError('invalid_input', 422, detail, {
        errors: [{ pointer: 'query/clusters', code: 'unknown_cluster', detail }],
      });
    }
    const chosen = records.filter((cluster) => slugs.includes(cluster.slug));
    return { records: chosen, all: chosen.length === records.length };
  }

  async function answers(records: readonly ClusterRecord[], plural?: WatchedPlural): Promise<ClusterAnswer[]> {
    const streams = await readModel.streams(records.map((cluster) => cluster.number));
    return records.map((cluster) => clusterAnswer(cluster, streams, plural));
  }

  async function filterOf(query: ObjectQuery): Promise<{ filter: ObjectFilter; records: ClusterRecord[] }> {
    const { records, all } = await scope(query.clusters);
    const { clusters: _, labels, ...rest } = query;
    return {
      records,
      filter: {
        ...rest,
        labels: parseLabels(labels),
        clusterNos: records.map((cluster) => cluster.number),
        allClusters: all,
      },
    };
  }

  return {
    async list(query: ObjectQuery & { sort: SortName; limit: number; cursor?: string | undefined }) {
      const { sort: sortName, limit, cursor, ...rest } = query;
      const { filter, records } = await filterOf(rest);
      const sort = parseSort(sortName);
      const cursorScope = ['objects', sortName, rest];
      const position = cursor === undefined ? undefined : cursors.verify<ObjectPosition>(cursorScope, cursor);
      const [rows, total, clusterAnswers] = await Promise.all([
        readModel.page(filter, sort, position, limit + 1),
        readModel.total(filter),
        answers(records, query.plural),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.flatMap((row) => toObject(row.record, query.plural, records)),
        ...(rows.length > limit && last !== undefined ? { nextCursor: cursors.sign(cursorScope, last.position) } : {}),
        ...total,
        clusters: clusterAnswers,
      };
    },

    async search(q: string, limit: number) {
      const { records, all } = await scope(undefined);
      const clusterNos = records.map((cluster) => cluster.number);
      const groups = await Promise.all(
        inventoryKinds.map(async ({ plural, kind }) => {
          const filter = { plural, clusterNos, allClusters: all, q };
          const rows = await readModel.page(filter, { column: 'name', descending: false }, undefined, limit + 1);
          const items = rows.slice(0, limit).flatMap((row) => toObject(row.record, plural, records));
          return { plural, kind, items, more: rows.length > limit };
        }),
      );
      return { groups: groups.filter((group) => group.items.length > 0), clusters: await answers(records) };
    },

    async summarize(slugs: readonly string[] | undefined) {
      const { records } = await scope(slugs);
      const byNo = new Map(records.map((cluster) => [cluster.number, cluster.id]));
      const counts = await readModel.counts([...byNo.keys()]);
      return {
        counts: counts.flatMap(({ clusterNo, ...count }) => {
          const clusterId = byNo.get(clusterNo);
          return clusterId === undefined ? [] : { clusterId, ...count };
        }),
        clusters: await answers(records),
      };
    },

    async namespaces(slugs: readonly string[] | undefined, q: string | undefined) {
      const { records } = await scope(slugs);
      const names = await readModel.namespaceNames(
        records.map((cluster) => cluster.number),
        q,
      );
      return {
        items: names.map(({ name, clusterNos }) => ({
          name,
          clusters: clusterNos.flatMap((no) => records.find((cluster) => cluster.number === no)?.slug ?? []),
        })),
      };
    },

    async events(query: {
      clusters?: readonly string[] | undefined;
      namespaces?: readonly string[] | undefined;
      type?: 'Normal' | 'Warning' | undefined;
      objectUid?: string | undefined;
      q?: string | undefined;
      limit: number;
      cursor?: string | undefined;
    }) {
      const { limit, cursor, clusters: slugs, ...rest } = query;
      const { records } = await scope(slugs);
      const cursorScope = ['events', slugs, rest];
      const position =
        cursor === undefined ? undefined : cursors.verify<{ at: string; uid: string }>(cursorScope, cursor);
      const filter = { ...rest, clusterNos: records.map((cluster) => cluster.number) };
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
        clusters: await answers(records, 'events'),
      };
    },

    /** Of these rows those that the filter matches, as a list shows them: for live updates. */
    async byIds(filter: ObjectFilter, ids: readonly string[]): Promise<InventoryObject[]> {
      if (ids.length === 0) return [];
      const [rows, records] = await Promise.all([readModel.byIds(filter, ids), clusters.records()]);
      return rows.flatMap((row) => toObject(row, filter.plural, records));
    },

    /** All rows that the filter matches, by name; `undefined` when there are more than `max`. */
    async wholeSet(filter: ObjectFilter, max: number): Promise<InventoryObject[] | undefined> {
      const [rows, records] = await Promise.all([
        readModel.page(filter, { column: 'name', descending: false }, undefined, max + 1),
        clusters.records(),
      ]);
      if (rows.length > max) return undefined;
      return rows.flatMap((row) => toObject(row.record, filter.plural, records));
    },

    total: (filter: ObjectFilter) => readModel.total(filter),
    filterOf,
    answers,
  };
}

function parseSort(name: SortName): ObjectSort {
  const descending = name.startsWith('-');
  return { column: (descending ? name.slice(1) : name) as ObjectSort['column'], descending };
}

/** Nothing for a row whose cluster was registered or removed between two reads. */
function toObject(
  record: ObjectRecord,
  plural: ListedPlural,
  records: readonly ClusterRecord[],
): InventoryObject | readonly [] {
  const { clusterNo, ...rest } = record;
  const cluster = records.find((candidate) => candidate.number === clusterNo);
  if (cluster === undefined) return [];
  const kind = inventoryKinds.find((candidate) => candidate.plural === plural)?.kind ?? plural;
  return { ...rest, clusterId: cluster.id, cluster: cluster.slug, plural, kind };
}
