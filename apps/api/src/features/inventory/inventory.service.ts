import { type ClusterAnswer, type InventoryObject, maxNodes } from '@quarterdeck/contracts';
import type { Cursors } from '../../platform/cursor.ts';
import { JsonAnswer } from '../../platform/http/json-answer.ts';
import { createJoinedReads } from '../../platform/joined-reads.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Memory } from '../../platform/recent.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { AccessSets, Seen } from './access-sets.ts';
import { type Asked, createAsking, type ObjectQuery } from './asking.ts';
import type { FindClusterSet } from './cluster-sets.ts';
import { extentOfAll } from './cluster-sight.ts';
import { findKind } from './find-kind.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import { countCap } from './inventory-counts.ts';
import { createInventoryEvents } from './inventory-events.ts';
import { createInventoryPlaces } from './inventory-places.ts';
import type { KindRegistry, KnownKind } from './kind-registry.ts';
import { keyOf, type ObjectFilter, type ObjectPosition, parseSort, type SortName } from './object-conditions.ts';
import type { FacetField } from './object-facets.ts';
import type { KindKey } from './object-rows.ts';
import { isEmpty } from './reach.ts';
import type { Standing } from './standing.ts';
import { placeJson, type RowPlace, type StoredRow, toJson, toObject } from './stored-row.ts';

/** A kind, how many of its rows somebody sees, and where. */
type KindWithin = KnownKind & Seen & { count: number; clusters: string[] };

type ListQuery = ObjectQuery & { sort: SortName; limit: number; cursor?: string | undefined };

export type Inventory = ReturnType<typeof createInventory>;

/** Questions over the rows of all clusters, each with the age of every cluster's part. */
export function createInventory(deps: {
  sets: AccessSets;
  standing: Standing;
  readModel: InventoryReadModel;
  kinds: KindRegistry;
  findClusterSet: FindClusterSet;
  cursors: Cursors;
  memory: Memory;
}) {
  const { sets, standing, readModel, kinds, cursors } = deps;
  const asking = createAsking(deps);
  const { scope, seeNamed, reachesOf, answers, filterOf } = asking;
  const totals = deps.memory.recent<{ total: number; totalIsExact: boolean }>({ renew: true });
  const populated = deps.memory.recent<ReadonlySet<KindKey>>();
  const rowsTogether = createJoinedReads<StoredRow[]>();
  const totalsTogether = createJoinedReads<{ total: number; totalIsExact: boolean }>();

  /** Kinds that somebody may have rows of, with how many they see in which clusters. */
  async function kindsWithin(principal: Principal, asked: Asked): Promise<KindWithin[]> {
    const reached = await reachesOf(principal, asked);
    const counts = await readModel.counts(new Map(reached.map(({ kind, reach }) => [kind.key, reach])));
    return reached.map(({ kind, reach, extents }) => {
      const mine = counts.filter(({ plural }) => plural === kind.key);
      const numbers = new Set(mine.map(({ clusterNo }) => clusterNo));
      return {
        ...kind,
        reach,
        extents,
        count: mine.reduce((sum, { count }) => sum + count, 0),
        clusters: asked.records.filter(({ number }) => numbers.has(number)).map(({ slug }) => slug),
      };
    });
  }

  /** A page with what is said beside it; a total is as old as a moment at most. */
  async function pageOf(principal: Principal, query: ListQuery) {
    const { sort: sortName, limit, cursor, ...rest } = query;
    const { filter, asked, kind, extents } = await filterOf(principal, rest);
    const sort = parseSort(sortName);
    const cursorScope = ['objects', sortName, rest];
    const position = cursor === undefined ? undefined : cursors.verify<ObjectPosition>(cursorScope, cursor);
    const total = await totals.get(keyOf(filter), () => readModel.total(filter));
    const areFew = total.totalIsExact && total.total <= countCap;
    const [rows, clusters] = await Promise.all([
      readModel.page(filter, sort, position, limit + 1, areFew),
      answers(asked, kind.key, extents),
    ]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      rows: page.map(({ row }) => row),
      kind,
      records: asked.records,
      ...(rows.length > limit && last !== undefined ? { nextCursor: cursors.sign(cursorScope, last.position) } : {}),
      ...total,
      clusters,
    };
  }

  return {
    ...createInventoryEvents({ asking, readModel, cursors }),

    /** Looks around in one namespace. */
    place: createInventoryPlaces({ asking, readModel, kinds, standing }),

    async list(principal: Principal, query: ListQuery) {
      const { rows, kind, records, ...rest } = await pageOf(principal, query);
      return { items: objectsOf(rows, kind, records), ...rest };
    },

    /** The same as JSON text, for whoever passes it on. */
    async listJson(principal: Principal, query: ListQuery): Promise<JsonAnswer> {
      const { rows, kind, records, ...rest } = await pageOf(principal, query);
      const places = placesOf(kind, records, placeJson);
      const items = rows.flatMap((row) => {
        const place = places.get(row.cluster_no);
        return place === undefined ? [] : toJson(row, place);
      });
      return new JsonAnswer(`{"items":[${items.join()}],${JSON.stringify(rest).slice(1)}`);
    },

    /** How what matches spreads over some fields. */
    async facets(
      principal: Principal,
      query: ObjectQuery & { fields: readonly FacetField[]; label?: string | undefined },
    ) {
      const { fields, label, ...rest } = query;
      const { filter, asked } = await filterOf(principal, rest);
      const facets = await readModel.facets(filter, fields, label);
      const slugs = new Map(asked.records.map(({ number, slug }) => [String(number), slug]));
      return {
        facets: facets.map((facet) => ({
          ...facet,
          values: facet.values.map(({ value, count }) => ({
            value: facet.field === 'cluster' ? (slugs.get(value) ?? value) : value,
            count,
          })),
        })),
      };
    },

    /** Nodes, trouble first, with what the pods on them request together where all of those are seen. */
    async nodes(principal: Principal, query: Omit<ObjectQuery, 'plural' | 'group'>) {
      const { filter, asked, kind, extents } = await filterOf(principal, { ...query, plural: 'nodes' });
      const { reach: pods } = await seeNamed(principal, 'pods', asked);
      const numbers = asked.records.map(({ number }) => number);
      const whole = pods.isFleet ? numbers : numbers.filter((number) => pods.clusterNos.includes(number));
      const [rows, total, loads, clusterAnswers] = await Promise.all([
        readModel.page(filter, { column: 'status', descending: false }, undefined, maxNodes),
        readModel.total(filter),
        readModel.nodeLoads(whole),
        answers(asked, kind.key, extents),
      ]);
      const byNode = new Map(loads.map((load) => [`${load.clusterNo} ${load.node}`, load]));
      return {
        items: rows.flatMap(({ row }) => {
          const [node] = objectsOf([row], kind, asked.records);
          if (node === undefined) return [];
          if (!whole.includes(row.cluster_no)) return node;
          const load = byNode.get(`${row.cluster_no} ${row.name}`);
          const requested = {
            cpuCores: (load?.cpuMilli ?? 0) / 1000,
            memoryBytes: load?.memoryBytes ?? 0,
            pods: load?.pods ?? 0,
          };
          return { ...node, requested };
        }),
        ...total,
        clusters: clusterAnswers,
      };
    },

    async search(principal: Principal, q: string, limit: number) {
      const asked = await scope(principal, undefined);
      const [found, withRows] = await Promise.all([
        reachesOf(principal, asked),
        populated.get('all', readModel.populated),
      ]);
      // Each kind is a part of the statement: those without a row are left out.
      const within = found.filter(({ kind, reach }) => withRows.has(kind.key) && !isEmpty(reach));
      const filters = within.map(({ kind, reach }) => ({ plural: kind.key, reach, q }));
      const [rowsOf, clusterAnswers] = await Promise.all([
        readModel.search(filters, limit + 1),
        answers(asked, undefined, extentOfAll(found)),
      ]);
      const groups = within.flatMap(({ kind }) => {
        const rows = rowsOf.get(kind.key) ?? [];
        const items = objectsOf(rows.slice(0, limit), kind, asked.records);
        const { group, plural } = nameOf(kind);
        return items.length === 0 ? [] : [{ group, plural, kind: kind.kind, items, more: rows.length > limit }];
      });
      return { groups, clusters: clusterAnswers };
    },

    async kinds(principal: Principal, slugs: readonly string[] | undefined) {
      const asked = await scope(principal, slugs);
      const found = await kindsWithin(principal, asked);
      // What custom kinds there are is for those who see whole clusters; others see those that they have objects of.
      const shown = found.filter(({ key, plural, count, reach }) => reach.isFleet || count > 0 || key === plural);
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
      const reached = await reachesOf(principal, asked);
      const counts = await readModel.counts(new Map(reached.map(({ kind, reach }) => [kind.key, reach])));
      const byKey = new Map(reached.map(({ kind }) => [kind.key, kind]));
      return {
        counts: counts.flatMap(({ clusterNo, plural, ...count }) => {
          const clusterId = byNo.get(clusterNo);
          const kind = byKey.get(plural);
          return clusterId === undefined || kind === undefined ? [] : { clusterId, ...nameOf(kind), ...count };
        }),
        clusters: await answers(asked, undefined, extentOfAll(reached)),
      };
    },

    async namespaces(principal: Principal, slugs: readonly string[] | undefined, q: string | undefined) {
      const asked = await scope(principal, slugs);
      const { records } = asked;
      const { reach } = await seeNamed(principal, 'namespaces', asked);
      const names = await readModel.namespaceNames(reach, q);
      return {
        items: names.map(({ name, clusterNos }) => ({
          name,
          clusters: clusterNos.flatMap((no) => records.find((cluster) => cluster.number === no)?.slug ?? []),
        })),
      };
    },

    /** Pods by namespace, as far as they are seen. */
    async namespaceLoads(principal: Principal, slugs: readonly string[] | undefined) {
      const asked = await scope(principal, slugs);
      const { reach, extents } = await seeNamed(principal, 'pods', asked);
      const loads = await readModel.namespaceLoads(reach);
      const slugOf = new Map(asked.records.map(({ number, slug }) => [number, slug]));
      return {
        items: loads.flatMap(({ clusterNo, cpuMilli, ...load }) => {
          const cluster = slugOf.get(clusterNo);
          return cluster === undefined ? [] : { ...load, cluster, cpuCores: cpuMilli / 1000 };
        }),
        clusters: await answers(asked, 'pods', extents),
      };
    },

    /** Of these rows those that the filter matches, as a list shows them: for live updates. */
    async byIds(filter: ObjectFilter, ids: readonly string[]): Promise<InventoryObject[]> {
      if (ids.length === 0) return [];
      const [rows, records, kind] = await Promise.all([
        rowsTogether(`${keyOf(filter)} ${ids.join()}`, () => readModel.byIds(filter, ids)),
        standing.records(),
        findKind(kinds, filter),
      ]);
      return objectsOf(rows, kind, records);
    },

    /** All rows that the filter matches, by name; `undefined` when there are more than `max`. */
    async wholeSet(filter: ObjectFilter, max: number): Promise<InventoryObject[] | undefined> {
      const [rows, records, kind] = await Promise.all([
        readModel.page(filter, { column: 'name', descending: false }, undefined, max + 1),
        standing.records(),
        findKind(kinds, filter),
      ]);
      if (rows.length > max) return undefined;
      return objectsOf(
        rows.map(({ row }) => row),
        kind,
        records,
      );
    },

    /** For live updates. */
    total: (filter: ObjectFilter) => totalsTogether(keyOf(filter), () => readModel.total(filter)),
    filterOf,

    /** The clusters that a list is of, as it would say beside its rows. */
    async takingPart(principal: Principal, query: ObjectQuery): Promise<ClusterAnswer[]> {
      const { asked, kind, extents } = await filterOf(principal, query);
      return answers(asked, kind.key, extents);
    },
    answers,
    /** Tells of a cluster whose rows somebody may see others of than before; without a number, of any. */
    onAccessChange: sets.onChange,
  };
}

/** Nothing for a row whose cluster was registered or removed between two reads. */
function objectsOf(rows: readonly StoredRow[], kind: KnownKind, records: readonly ClusterRecord[]): InventoryObject[] {
  const places = placesOf(kind, records, (place) => place);
  return rows.flatMap((row) => {
    const place = places.get(row.cluster_no);
    return place === undefined ? [] : toObject(row, place);
  });
}

/** By number of the cluster. */
function placesOf<T>(
  kind: KnownKind,
  records: readonly ClusterRecord[],
  form: (place: RowPlace) => T,
): ReadonlyMap<number, T> {
  const named = { ...nameOf(kind), kind: kind.kind };
  return new Map(records.map(({ number, id, slug }) => [number, form({ clusterId: id, cluster: slug, ...named })]));
}

function nameOf({ group, plural }: KnownKind): { group: string; plural: string } {
  return { group: group === '' ? 'core' : group, plural };
}
