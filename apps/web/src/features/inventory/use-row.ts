import type { InventoryObject } from '@quarterdeck/contracts';
import { useEffect, useState } from 'react';
import { live } from '../../platform/api.ts';

/**
 * One row of a kind by its id, live: for what the URL names and no list on the page has loaded.
 * @param id `undefined` where nothing is looked for
 */
export function useRow(
  { group, plural }: { group: string; plural: string },
  id: string | undefined,
): InventoryObject | undefined {
  const [row, setRow] = useState<InventoryObject | undefined>();
  useEffect(() => {
    setRow(undefined);
    if (id === undefined) return;
    const take = (puts: readonly unknown[]) => {
      const found = (puts as readonly InventoryObject[]).find((put) => put.id === id);
      if (found !== undefined) setRow(found);
    };
    return live.subscribe(
      'inventory.objects',
      { mode: 'page', params: { group, plural, ids: [id] } },
      { snapshot: take, delta: take },
    );
  }, [group, plural, id]);
  return row?.id === id ? row : undefined;
}
