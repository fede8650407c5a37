import type { InventoryObject } from '@quarterdeck/contracts';

/** Names of the containers of a pod, as its row tells them. */
export function containersOf({ facts }: Pick<InventoryObject, 'facts'>): string[] {
  return ((facts.containers ?? []) as { name?: string }[]).flatMap(({ name }) => name ?? []);
}
