import type { Release } from '@quarterdeck/contracts';
import type { Cursors } from '../../platform/cursor.ts';
import { type Principal, principalId } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { AwaitedFor, Awaiting } from './awaits-person.ts';
import type { ReleaseRecord } from './release-rows.ts';
import type { ReleasesReadModel } from './releases.read-model.ts';
import type { ReleaseFilter, ReleasesStore } from './releases.store.ts';

/** Those of environments in which the principal may read releases, newest first. */
export type ListReleases = (
  principal: Principal,
  /** `awaitsMe`: those that wait for something the principal may do, each with what that is. */
  query: Omit<ReleaseFilter, 'awaiting'> & { awaitsMe?: boolean; limit: number; cursor?: string | undefined },
) => Promise<{ items: Release[]; nextCursor?: string; total: number; totalIsExact: boolean }>;

export function createListReleases(deps: {
  access: Access;
  clusters: Clusters;
  store: ReleasesStore;
  readModel: ReleasesReadModel;
  cursors: Cursors;
}): ListReleases {
  const { access, clusters, store, readModel, cursors } = deps;

  async function awaitingOf(principal: Principal): Promise<Awaiting> {
    const [approval, decision, leftovers] = await Promise.all([
      access.visibleScope(principal, 'releases:approve'),
      access.visibleScope(principal, 'releases:take-over'),
      access.visibleScope(principal, 'releases:prune'),
    ]);
    return { account: principalId(principal), approval, decision, leftovers };
  }

  async function awaitsOf(page: readonly ReleaseRecord[], awaiting: Awaiting) {
    const [awaited, records] = await Promise.all([
      store.awaitedOf(
        page.map(({ id }) => id),
        awaiting,
      ),
      clusters.records(),
    ]);
    const slugs = new Map(records.map(({ id, slug }) => [id, slug]));
    return (release: ReleaseRecord): Pick<Release, 'awaits'> => ({
      awaits: (awaited.get(release.id) ?? []).map(({ for: what, clusterIds }) => ({
        for: what,
        clusters: clusterIds.flatMap((id) => slugs.get(id) ?? []).sort(),
        since: sinceOf(release, what).toISOString(),
      })),
    });
  }

  return async (principal, { limit, cursor, awaitsMe, ...given }) => {
    const [visible, awaiting] = await Promise.all([
      access.visibleScope(principal, 'releases:read'),
      awaitsMe === true ? awaitingOf(principal) : undefined,
    ]);
    const scope = ['releases', { ...given, awaiting: awaiting?.account }];
    const after = cursor === undefined ? undefined : cursors.verify<{ at: string; id: string }>(scope, cursor);
    const { rows, total } = await store.page(visible, { ...given, awaiting }, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const awaits = awaiting === undefined ? undefined : await awaitsOf(page, awaiting);
    return {
      items: page.map((release) => ({ ...readModel.toView(release), ...awaits?.(release) })),
      ...(rows.length > limit && last !== undefined
        ? { nextCursor: cursors.sign(scope, { at: last.createdAt.toISOString(), id: last.id }) }
        : {}),
      total,
      totalIsExact: true,
    };
  };
}

/** When it began to wait, as near as is known: when it was made, began or ended. */
function sinceOf(
  { state, createdAt, startedAt = createdAt, endedAt = startedAt }: ReleaseRecord,
  what: AwaitedFor,
): Date {
  if (what === 'leftovers') return endedAt;
  return state === 'awaiting_approval' ? createdAt : startedAt;
}
