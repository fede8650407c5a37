import type { ClusterAnswer, InventoryObject } from '@quarterdeck/contracts';
import { notFound } from '../../../platform/errors.ts';
import type { Principal } from '../../../platform/principal.ts';
import type { Access } from '../../access/index.ts';
import type { ClusterRecord } from '../../clusters/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import { groupOf } from './workload-pods.ts';

export type LogCluster = { id: string; slug: string; name: string };

type Asked = {
  clusterId?: string;
  namespace: string;
  plural: string;
  name: string;
  clusters?: readonly string[] | undefined;
};

/** Where a workload may be read, and which clusters are missing and why. */
export type Copies = { places: LogCluster[]; missing: ClusterAnswer[] };
export type FindCopies = (principal: Principal, asked: Asked) => Promise<Copies>;

/** Rows of one name are few; a name that many others contain takes more pages. */
const pageSize = 200;
const mostPages = 10;

/**
 * Clusters that hold a workload, as far as the asker sees it in their rows, and of those the ones whose logs they may
 * read. One that is named by its id was checked already.
 */
export function createFindCopies(deps: {
  access: Pick<Access, 'may'>;
  inventory: Pick<Inventory, 'list'>;
  findCluster(id: string): Promise<ClusterRecord | undefined>;
}): FindCopies {
  const { access, inventory, findCluster } = deps;

  /** Clusters with such an object in a row that the asker sees, and how all clusters took part in that. */
  async function rowsOf(principal: Principal, { plural, namespace, name, clusters }: Asked) {
    const query = {
      plural,
      group: groupOf(plural),
      namespaces: [namespace],
      q: name,
      sort: 'name' as const,
      limit: pageSize,
    };
    const items: InventoryObject[] = [];
    let answers: readonly ClusterAnswer[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await inventory.list(principal, { ...query, clusters, cursor });
      items.push(...answer.items.filter((item) => item.name === name));
      answers = answer.clusters;
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    return { ids: new Set(items.map(({ clusterId }) => clusterId)), answers };
  }

  return async (principal, asked) => {
    const { clusterId, namespace } = asked;
    if (clusterId !== undefined) {
      const record = await findCluster(clusterId);
      if (record === undefined) throw notFound('This cluster');
      return { places: [{ id: record.id, slug: record.slug, name: record.displayName }], missing: [] };
    }
    const { ids, answers } = await rowsOf(principal, asked);
    const places: LogCluster[] = [];
    const missing: ClusterAnswer[] = [];
    for (const { id, slug, name, ...answer } of answers) {
      if (!ids.has(id)) {
        // It may hold a copy that nobody knows of.
        if (answer.state !== 'live') missing.push({ id, slug, name, ...answer });
      } else if (await access.may(principal, 'workloads:logs', { clusterId: id, namespace })) {
        places.push({ id, slug, name });
      } else {
        missing.push({ id, slug, name, state: 'denied', error: `You need workloads:logs in ${namespace} there.` });
      }
    }
    return { places, missing };
  };
}
