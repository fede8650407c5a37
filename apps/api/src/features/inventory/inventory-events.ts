import type { Cursors } from '../../platform/cursor.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Asking } from './asking.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';

/** Questions over the events that the clusters told of, each with the age of every cluster's part. */
export function createInventoryEvents(deps: { asking: Asking; readModel: InventoryReadModel; cursors: Cursors }) {
  const { readModel, cursors } = deps;
  const { scope, seeNamed, answers } = deps.asking;
  return {
    async eventCounts(
      principal: Principal,
      query: { clusters?: readonly string[] | undefined; namespaces?: readonly string[] | undefined; hours: number },
    ) {
      const { hours, clusters: slugs, namespaces } = query;
      const asked = await scope(principal, slugs);
      const { reach, extents } = await seeNamed(principal, 'events', asked);
      // About fifty bars, whatever is asked for.
      const slotMinutes = Math.max(5, Math.ceil((hours * 60) / 48 / 5) * 5);
      const slots = await readModel.eventCounts({ reach, namespaces }, { hours, slotMinutes });
      return {
        since: new Date(Date.now() - hours * 3_600_000).toISOString(),
        slotMinutes,
        slots: slots.map(({ at, ...counts }) => ({ at: at.toISOString(), ...counts })),
        clusters: await answers(asked, 'events', extents),
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
      const { reach, extents } = await seeNamed(principal, 'events', asked);
      const filter = { ...rest, reach };
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
        clusters: await answers(asked, 'events', extents),
      };
    },
  };
}
