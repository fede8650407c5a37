import type { InventoryObject } from '@quarterdeck/contracts';
import { checkAccess } from '@quarterdeck/contracts/access';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../platform/api.ts';
import { t } from './bulk.messages.ts';
import { type BulkAction, permissionFor } from './bulk-actions.ts';

const atOnce = 100;

/** Why somebody may not do it to a row, by the row's id; `undefined` while it is asked. The server decides again. */
export function useRights(action: BulkAction, rows: readonly InventoryObject[]) {
  const places = [...new Map(rows.map((row) => [placeKey(row), row])).values()];
  return useQuery({
    queryKey: ['access', 'bulk', action, places.map(placeKey)],
    queryFn: async ({ signal }) => {
      const refusals = new Map<string, string>();
      for (let first = 0; first < places.length; first += atOnce) {
        const part = places.slice(first, first + atOnce);
        const checks = part.map((row) => ({
          permission: permissionFor(action, row),
          target: {
            clusterId: row.clusterId,
            ...(row.namespace === undefined ? {} : { namespace: row.namespace }),
          },
        }));
        const { items } = await api.call(checkAccess, { body: { checks } }, { signal });
        items.forEach(({ allowed, grantors = [] }, index) => {
          const [row, check] = [part[index], checks[index]];
          if (row !== undefined && check !== undefined && !allowed)
            refusals.set(placeKey(row), t.noRight(check.permission, grantors.join(', ')));
        });
      }
      return new Map(
        rows.flatMap((row) => {
          const refusal = refusals.get(placeKey(row));
          return refusal === undefined ? [] : [[row.id, refusal] as const];
        }),
      );
    },
    staleTime: 0,
  });
}

const placeKey = ({ clusterId, namespace = '' }: InventoryObject) => `${clusterId} ${namespace}`;
