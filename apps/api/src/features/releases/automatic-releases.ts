import type { Transaction } from '@quarterdeck/database';
import { sha256Hex } from '@quarterdeck/templating';
import { newId } from '../../platform/ids.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { MachineStore } from './machine.store.ts';
import { atOnce, backwards, type StoredRows } from './machine-rows.ts';
import type { ObjectRecord, ReleaseRecord } from './release-rows.ts';
import type { NewRelease, ReleasesStore } from './releases.store.ts';

/** As whom releases are made that a rule asks for. */
const maker = systemActor('worker', ['releases:create', 'releases:rollback']);

/** What a person who asks says beside. */
export type Asked = {
  /** For whom it runs from now on. */
  actingId: string;
  /** Other bytes than those that were missed, and the release that they are like. */
  instead?: { like: ReleaseRecord; objects: readonly (ObjectRecord & { bytes: string })[] };
};

/** Why none is made: it is owed no more, the one of this number is on its way, or it is not the time for it. */
export type NoCatchUp = { not: 'closed' | 'not_due' } | { not: 'under_way'; number: number };

/** Releases that nobody clicked: what was healthy goes out again, what is owed follows. */
export type AutomaticReleases = {
  /** Puts back, target by target in this order, what was healthy there before; nothing where nothing was. */
  rollBack(tx: Transaction, failed: StoredRows, targetIds: readonly string[]): Promise<void>;
  /**
   * Puts what a target is owed there, by one release at a time: by itself for whom that ran before, when its time has
   * come; for a person who asks whenever none is under way.
   */
  catchUp(tx: Transaction, debtId: string, asked?: Asked): Promise<string | NoCatchUp>;
};

export function createAutomaticReleases(deps: {
  store: ReleasesStore;
  machineStore: MachineStore;
  audit: Audit;
}): AutomaticReleases {
  const { store, machineStore, audit } = deps;

  async function insert(
    tx: Transaction,
    like: ReleaseRecord,
    release: Pick<
      NewRelease,
      'kind' | 'strategy' | 'targets' | 'objects' | 'note' | 'dedupeKey' | 'createdById' | 'createdBy'
    >,
  ): Promise<string> {
    const id = newId('rel');
    const environment = await store.lockEnvironment(tx, like.applicationId, like.environmentId);
    await store.insert(tx, environment.id, environment.next, {
      id,
      applicationId: like.applicationId,
      environmentId: like.environmentId,
      templateVersionId: like.templateVersionId,
      images: like.images,
      parameters: like.parameters,
      contentSha256: contentHash(release.objects),
      rollbackOf: release.kind === 'rollback' ? like.id : undefined,
      isAutomatic: true,
      ...release,
    });
    await audit.write(tx, maker, [
      {
        action: release.kind === 'rollback' ? 'releases:rollback' : 'releases:create',
        target: {
          kind: 'release',
          id,
          name: `${like.application} ${like.environment} #${environment.next}`,
          project: like.projectId,
          environment: like.environmentId,
        },
        changes: [{ path: release.kind === 'rollback' ? 'rollbackOf' : 'catchUpOf', after: like.number }],
        ...(release.note === undefined ? {} : { reason: release.note }),
      },
    ]);
    await store.notify(tx, id);
    return id;
  }

  return {
    async rollBack(tx, failed, targetIds) {
      const sources = await machineStore.lastHealthy(tx, targetIds, failed.release.number);
      const newest = sources.toSorted((a, b) => b.number - a.number)[0];
      const like = newest === undefined ? undefined : await store.findById(newest.releaseId, tx);
      if (like === undefined || like.kind === 'remove') return;
      const order = targetIds.flatMap((id) => sources.find(({ targetId }) => targetId === id) ?? []);
      const objects: (ObjectRecord & { bytes: string })[] = [];
      for (const { releaseId, targetId } of order) objects.push(...(await store.objectsOf(releaseId, targetId, tx)));
      const runs = await store.runsOf(failed.release.id, tx);
      const id = await insert(tx, like, {
        kind: 'rollback',
        strategy: backwards,
        note: `#${failed.release.number} failed on more targets than it may.`,
        dedupeKey: `rollback:${failed.release.id}`,
        createdById: 'worker',
        createdBy: 'Quarterdeck',
        objects,
        targets: order.flatMap(({ targetId }, place) => {
          const run = runs.find((candidate) => candidate.targetId === targetId);
          return run === undefined
            ? []
            : [{ targetId, clusterId: run.clusterId, namespace: run.namespace, wave: 0, place }];
        }),
      });
      await machineStore.setRolledBackBy(tx, failed.release.id, id);
    },

    async catchUp(tx, debtId, asked) {
      const found = await machineStore.findDebt(debtId, tx);
      const owes = found && (await store.findById(found.releaseId, tx));
      if (found === undefined || owes === undefined) return { not: 'closed' };
      await store.lockEnvironment(tx, owes.applicationId, owes.environmentId);
      // As it stands now that nobody else makes releases here.
      const debt = (await machineStore.findDebt(debtId, tx)) ?? found;
      const { targetId, clusterId, namespace, lastTry } = debt;
      if (debt.state !== 'open') return { not: 'closed' };
      if (lastTry?.isUnderWay) return { not: 'under_way', number: lastTry.number };
      if (asked === undefined && !debt.isDue) return { not: 'not_due' };
      if (!(await machineStore.beginTry(tx, debtId, asked !== undefined))) return { not: 'closed' };
      // Once more is the same once more, whatever somebody asked for instead of what was missed.
      const last = lastTry && (await store.findById(lastTry.releaseId, tx));
      const like = asked?.instead?.like ?? last ?? owes;
      const id = await insert(tx, like, {
        kind: 'catch_up',
        strategy: { ...atOnce, name: 'catch up' },
        note: `It follows #${asked?.instead?.like.number ?? owes.number}.`,
        dedupeKey: `catch-up:${debtId}:${last?.id ?? 'first'}`,
        createdById: asked?.actingId ?? like.actingId,
        createdBy: like.createdBy,
        objects:
          asked?.instead === undefined ? await store.objectsOf(like.id, targetId, tx) : [...asked.instead.objects],
        targets: [{ targetId, clusterId, namespace, wave: 0, place: 0 }],
      });
      await machineStore.setTry(tx, debtId, id);
      return id;
    },
  };
}

/** Over the bytes of all targets: two releases with one hash put out the same. */
export function contentHash(objects: readonly Pick<ObjectRecord, 'targetId' | 'sha256'>[]): string {
  const targets = [...new Set(objects.map(({ targetId }) => targetId))];
  const content = targets.map((id) => [
    id,
    objects.filter(({ targetId }) => targetId === id).map(({ sha256 }) => sha256),
  ]);
  return sha256Hex(JSON.stringify(content));
}
