import { AppError } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { ClusterRecord } from '../clusters/index.ts';

/** Selectors of a saved set; `undefined` where the person has none of that name. */
export type FindClusterSet = (
  principal: Principal,
  name: string,
) => Promise<readonly Readonly<Record<string, string>>[] | undefined>;

const mark = 'set:';

/**
 * Names of clusters with sets put in: `set:<name>` stands for all clusters that any of its selectors matches now.
 * @throws AppError 422 for a set that does not exist
 */
export async function withoutSets(
  find: FindClusterSet,
  principal: Principal,
  names: readonly string[],
  clusters: readonly ClusterRecord[],
): Promise<string[]> {
  const slugs = new Set<string>();
  for (const name of names) {
    if (!name.startsWith(mark)) {
      slugs.add(name);
      continue;
    }
    const selectors = await find(principal, name.slice(mark.length));
    if (selectors === undefined) {
      const detail = `There is no cluster set ${name.slice(mark.length)} of yours or of your projects.`;
      throw new AppError('invalid_input', 422, detail, {
        errors: [{ pointer: 'query/clusters', code: 'unknown_cluster_set', detail }],
      });
    }
    for (const cluster of clusters)
      if (selectors.some((selector) => matches(cluster, selector))) slugs.add(cluster.slug);
  }
  return [...slugs];
}

/** Every cluster has the fixed label `cluster`, its slug. */
function matches({ slug, labels }: ClusterRecord, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) =>
    key === 'cluster' ? value === slug : Object.hasOwn(labels, key) && labels[key] === value,
  );
}
