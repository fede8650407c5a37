import type { ClusterAnswer, InventoryObject } from '@quarterdeck/contracts';
import { AppError } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Asking } from './asking.ts';
import type { EventRecord } from './event-read-model.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { KindRegistry } from './kind-registry.ts';
import type { KindKey } from './object-rows.ts';
import type { Want } from './placed-rows.ts';
import { isEmpty } from './reach.ts';
import type { Standing } from './standing.ts';
import { toObject } from './stored-row.ts';

/** One namespace of one cluster, as somebody sees it. Nothing of it asks the cluster. */
export interface InventoryPlace {
  /** For each want its rows, worst first, and whether there are more. */
  rows(wants: readonly Want[]): Promise<{ rows: InventoryObject[]; more: boolean }[]>;
  /**
   * Events of objects that there are, and of those that are gone by what they were called, newest first.
   * @param of.gone a regular expression of PostgreSQL over `Kind/name`, by kind
   */
  events(of: { uids: readonly string[]; gone: readonly Gone[]; limit: number }): Promise<EventRecord[]>;
  /** Of these kinds those of which nothing is seen in the cluster. */
  unseen(kinds: readonly KindKey[]): Promise<KindKey[]>;
  /** How the cluster stands for a kind, with the age of its rows. */
  answer(kind: KindKey): Promise<ClusterAnswer | undefined>;
}

/** What objects of a kind were called. */
export type Gone = { plural: KindKey; pattern: string };

export type InventoryPlaces = (
  principal: Principal,
  place: { clusterId: string; namespace: string },
) => Promise<InventoryPlace | undefined>;

/** Looks around in one namespace: what stands beside what, and what happened to it. */
export function createInventoryPlaces(deps: {
  readModel: Pick<InventoryReadModel, 'placedRows' | 'placedEvents'>;
  kinds: KindRegistry;
  asking: Asking;
  standing: Standing;
}): InventoryPlaces {
  const { readModel, kinds, asking, standing } = deps;

  return async (principal, { clusterId, namespace }) => {
    const cluster = (await standing.records()).find(({ id }) => id === clusterId);
    if (cluster === undefined) return undefined;
    const asked = await asking.scope(principal, [cluster.slug]).catch(nothingThere);
    if (asked === undefined) return undefined;
    const place = { clusterNo: cluster.number, namespace };
    const see = (kind: KindKey) => asking.seeNamed(principal, kind, asked);
    return {
      async rows(wants) {
        const seen = await Promise.all(wants.map(async (want) => ({ ...want, reach: (await see(want.plural)).reach })));
        const found = await readModel.placedRows(place, seen);
        return Promise.all(
          found.map(async ({ rows, more }, index) => {
            const [known] = await kinds.named(wants[index]?.plural ?? '');
            if (known === undefined) return { rows: [], more };
            const { group, plural, kind } = known;
            const named = { group: group === '' ? 'core' : group, plural, kind };
            const at = { clusterId, cluster: cluster.slug, ...named };
            return { rows: rows.map((row) => toObject(row, at)), more };
          }),
        );
      },
      async events({ uids, gone, limit }) {
        const { reach } = await see('events');
        const past = await Promise.all(
          gone.map(async ({ plural, pattern }) => ({ pattern, reach: (await see(plural)).reach })),
        );
        return readModel.placedEvents(place, { uids, gone: past, reach, limit });
      },
      async unseen(asks) {
        const reaches = await Promise.all(asks.map(async (kind) => ({ kind, ...(await see(kind)) })));
        return reaches.filter(({ reach }) => isEmpty(reach)).map(({ kind }) => kind);
      },
      async answer(kind) {
        const { extents } = await see(kind);
        return (await asking.answers(asked, kind, extents))[0];
      },
    };
  };
}

/** Of a cluster of which somebody may see nothing there is nothing to look at. */
function nothingThere(error: unknown): undefined {
  if (error instanceof AppError && error.status === 422) return undefined;
  throw error;
}
