import type { Permission } from '@quarterdeck/contracts';
import type { Notifier, Queryable } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';
import { gather } from '../../platform/jobs/gather.ts';
import { type Actor, systemActor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import { checkRegistries } from './check-registries.ts';
import { checkTemplate } from './check-template.ts';
import type { HeldRun } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import { RunPausedError } from './run-errors.ts';
import { lostRight } from './runs.store.ts';
import { startPermissions } from './start-permissions.ts';

/** For whom a run acts, with what, and where. */
export type ActingRun = Pick<
  HeldRun,
  | 'releaseId'
  | 'releaseKind'
  | 'releaseNumber'
  | 'projectId'
  | 'clusterId'
  | 'namespace'
  | 'applicationSlug'
  | 'environment'
  | 'createdBy'
  | 'actingId'
  | 'images'
  | 'template'
>;

export type RunAuthority = {
  /**
   * Before each write, and while the rollout is watched: whoever the release runs for may still do this there.
   * @param how `isOut`: all is written, it is only watched: it may go on being watched while the release stands still;
   * `needs`: what it takes besides starting such a release
   * @throws RunPausedError the release is paused, or has just been for a lost right
   */
  hold(run: ActingRun, how?: { isOut?: boolean; needs?: Permission }): Promise<void>;
};

/**
 * A release acts for a person or a service account. Their account, their grants, the place and the project's registries
 * and templates are asked again at every step; what is lost pauses the release at a safe point, with nothing half done. Whoever may
 * operate it can resume it, and then it runs for them.
 */
export function createRunAuthority(deps: {
  access: Access;
  audit: Audit;
  store: ReleasesStore;
  database: Queryable & Notifier;
}): RunAuthority {
  const { access, audit, store, database } = deps;
  // Runs that are written side by side mostly act for the same few, in the same projects.
  const accountOf = gather((ids: readonly string[]) => Promise.all(ids.map((id) => access.accountOf(id))));
  const projectOf = gather((ids: readonly string[]) => Promise.all(ids.map((id) => access.projects.get(id))));

  async function lostBy(run: ActingRun, needs: Permission | undefined): Promise<string | undefined> {
    const principal = await accountOf(run.actingId);
    if (principal === undefined) return 'account_disabled';
    if (principal.kind === 'system') return undefined;
    // What is removed may lie where no rule leads any more; what is put out may not.
    const target =
      run.releaseKind === 'remove'
        ? { projectId: run.projectId }
        : { projectId: run.projectId, clusterId: run.clusterId, namespace: run.namespace };
    for (const permission of [startPermissions[run.releaseKind], ...(needs === undefined ? [] : [needs])])
      if (!(await access.may(principal, permission, target))) return 'actor_lost_permission';
    return undefined;
  }

  /** What the project may not put out any more. */
  async function outsideOf(run: ActingRun): Promise<string | undefined> {
    if (run.releaseKind === 'remove') return undefined;
    const project = await projectOf(run.projectId);
    try {
      checkRegistries(
        project,
        Object.fromEntries(Object.entries(run.images).map(([slot, reference]) => [slot, { reference }])),
      );
      if (run.template !== undefined) checkTemplate(project, run.template);
      return undefined;
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  }

  return {
    async hold(run, { isOut = false, needs } = {}) {
      const paused = await store.pausedReason(run.releaseId);
      if (paused !== undefined && (paused === lostRight || !(isOut || paused === 'person'))) throw new RunPausedError();
      const lost = (await lostBy(run, needs)) ?? (await outsideOf(run));
      if (lost === undefined) return;
      if (await store.pause(database, run.releaseId, lostRight)) {
        await audit.record(worker, [
          {
            action: 'releases:operate',
            outcome: 'denied',
            code: lost,
            target: {
              kind: 'release',
              id: run.releaseId,
              name: `${run.applicationSlug} ${run.environment} #${run.releaseNumber}`,
              cluster: run.clusterId,
              namespace: run.namespace,
              project: run.projectId,
            },
            changes: [{ path: 'state', before: 'rolling', after: 'paused' }],
            reason: `${run.createdBy} may not do this there any more.`,
          },
        ]);
      }
      throw new RunPausedError();
    },
  };
}

const worker: Actor = systemActor('worker', ['releases:create']);
