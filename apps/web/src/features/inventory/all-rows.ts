import type { InventoryObject } from '@quarterdeck/contracts';
import { listObjects } from '@quarterdeck/contracts/inventory';
import { api } from '../../platform/api.ts';
import type { ObjectFilters } from './use-objects.ts';

/** So many objects are changed at once at most: each is asked about, then done, one request each. */
export const mostAtOnce = 2000;
const pageRows = 200;

/** Every row that a list's filters match; `undefined` where they are more than can be changed at once. */
export async function readAllRows(
  { group, plural }: { group: string; plural: string },
  filters: ObjectFilters,
): Promise<readonly InventoryObject[] | undefined> {
  const rows: InventoryObject[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.call(listObjects, {
      query: { group, plural, ...(filters as object), sort: 'name', limit: pageRows, cursor },
    });
    rows.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && rows.length <= mostAtOnce);
  return rows.length > mostAtOnce ? undefined : rows;
}
