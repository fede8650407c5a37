import { AppError } from '../../platform/errors.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Inventory } from '../inventory/index.ts';
import { type Room, registryOf } from './evacuation-needs.ts';
import { readNodeRooms } from './node-rooms.ts';

const reader = systemActor('releases', ['inventory:read']).principal;
const samples = 200;

/** What a cluster has for an application that comes; each is asked for once. `undefined`: nobody can tell. */
export type ClusterRoom = {
  /** Nodes that take pods, with what is left on them. */
  nodes: Promise<Room[] | undefined>;
  /** Names of a kind that belongs to the cluster, such as `storageclasses`. */
  names(plural: string): Promise<ReadonlySet<string> | undefined>;
  /** Names of a kind in a namespace. */
  namesIn(plural: 'secrets' | 'configmaps', namespace: string): Promise<ReadonlySet<string> | undefined>;
  /** Hosts that images of its pods come from. */
  registries: Promise<ReadonlySet<string> | undefined>;
};

/** Reads the rows of the inventory: what a cluster has is known without asking it. */
export function createClusterRooms(inventory: Inventory): (slug: string) => ClusterRoom {
  async function namesOf(slug: string, plural: string, namespace?: string) {
    return known(async () => {
      const names = new Set<string>();
      let cursor: string | undefined;
      do {
        const page = await inventory.list(reader, {
          plural,
          clusters: [slug],
          ...(namespace === undefined ? {} : { namespaces: [namespace] }),
          sort: 'name',
          limit: samples,
          cursor,
        });
        for (const { name } of page.items) names.add(name);
        cursor = page.nextCursor;
      } while (cursor !== undefined && names.size < 5000);
      return names;
    });
  }

  return (slug) => {
    const kinds = new Map<string, Promise<ReadonlySet<string> | undefined>>();
    const once = (key: string, read: () => Promise<ReadonlySet<string> | undefined>) => {
      const found = kinds.get(key) ?? read();
      kinds.set(key, found);
      return found;
    };
    return {
      nodes: known(async () =>
        (await readNodeRooms(inventory, reader, slug)).nodes.filter(({ node }) => !node.spec.unschedulable),
      ),
      names: (plural) => once(plural, () => namesOf(slug, plural)),
      namesIn: (plural, namespace) => once(`${plural} ${namespace}`, () => namesOf(slug, plural, namespace)),
      registries: known(async () => {
        const { items } = await inventory.list(reader, {
          plural: 'pods',
          clusters: [slug],
          sort: 'name',
          limit: samples,
        });
        const images = items.flatMap(({ facts }) => (Array.isArray(facts.images) ? (facts.images as unknown[]) : []));
        return new Set(images.filter((image) => typeof image === 'string').map(registryOf));
      }),
    };
  };
}

/** A kind that the cluster does not serve, or does not let us list, is not known. */
async function known<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
