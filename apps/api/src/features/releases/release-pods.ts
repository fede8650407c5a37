import type { InventoryObject } from '@quarterdeck/contracts';
import { systemActor } from '../../platform/principal.ts';
import type { Inventory } from '../inventory/index.ts';
import type { RunRecord } from './release-rows.ts';

const reader = systemActor('releases', ['inventory:read']).principal;

/** A release with more pods than this is shown by the first of them. */
const mostPods = 1000;

type Run = Pick<RunRecord, 'clusterId' | 'namespace' | 'gate'>;
type Answer = Pick<Awaited<ReturnType<Inventory['list']>>, 'clusters'> & { items: InventoryObject[] };

/** Whether a pod stands where a run put its objects. */
export const isThere = (pod: InventoryObject, run: Run): boolean =>
  pod.clusterId === run.clusterId && pod.namespace === run.namespace;

/**
 * The pods where a release goes: those that carry our labels, of whatever revision, and of manifests that somebody
 * brought, whose pods do not, those of the revisions that the gates saw.
 * @param labels values of ours; every environment of the application without one
 * @param slugOf of a cluster's id; `undefined` for one that is gone
 */
export async function podsOfRuns(
  inventory: Inventory,
  labels: { application: string; environment?: string },
  runs: readonly Run[],
  slugOf: (clusterId: string) => string | undefined,
): Promise<Answer> {
  const list = (selector: string, of: readonly Run[]): Promise<Answer> =>
    inventory.list(reader, {
      plural: 'pods',
      clusters: slugsOf(of, slugOf),
      namespaces: [...new Set(of.map(({ namespace }) => namespace))],
      labels: selector,
      sort: 'name',
      limit: mostPods,
    });
  const known = runs.filter(({ clusterId }) => slugOf(clusterId) !== undefined);
  if (known.length === 0) return { items: [], clusters: [] };
  const { application, environment } = labels;
  const ours = await list(
    `app.kubernetes.io/name=${application}${environment === undefined ? '' : `,quarterdeck.dev/environment=${environment}`}`,
    known,
  );
  const unseen = known.flatMap((run) =>
    Object.values(run.gate?.revisions ?? {})
      .filter(({ key, value }) => !ours.items.some((pod) => isThere(pod, run) && pod.labels[key] === value))
      .map(({ key, value }) => ({ run, selector: `${key}=${value}` })),
  );
  const theirs = await Promise.all(
    [...Map.groupBy(unseen, ({ selector }) => selector)].map(async ([selector, of]) => {
      const { items } = await list(
        selector,
        of.map(({ run }) => run),
      );
      return items.filter((pod) => of.some(({ run }) => isThere(pod, run)));
    }),
  );
  return { items: [...ours.items, ...theirs.flat()], clusters: ours.clusters };
}

/** As `podsOfRuns` where nothing of the application has been put yet: what is said of the clusters beside no pods. */
export async function noPodsYet(
  inventory: Inventory,
  runs: readonly Run[],
  slugOf: (clusterId: string) => string | undefined,
): Promise<Answer> {
  const clusters = slugsOf(runs, slugOf);
  if (clusters.length === 0) return { items: [], clusters: [] };
  return { items: [], clusters: await inventory.takingPart(reader, { plural: 'pods', clusters }) };
}

function slugsOf(runs: readonly Run[], slugOf: (clusterId: string) => string | undefined): string[] {
  return [...new Set(runs.flatMap(({ clusterId }) => slugOf(clusterId) ?? []))];
}
