import {
  abortRelease,
  approveRelease,
  catchUpDebt,
  createRelease,
  deleteRejectedDigest,
  dismissDebt,
  getRelease,
  listRejectedDigests,
  listReleaseObjects,
  listReleases,
  overrideFreeze,
  pauseRelease,
  previewRelease,
  removeFromEnvironment,
  resumeRelease,
  retryTarget,
  rollbackRelease,
  skipTarget,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { CheckedTarget } from '../../platform/http/ports.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import type { Applications } from '../applications/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Approvals } from './approvals.ts';
import type { Leftovers } from './leftovers.ts';
import { releaseObjects } from './release-bytes.ts';
import { targetsToCheck } from './release-targets.ts';
import type { Releases } from './releases.service.ts';
import type { ReleasesStore } from './releases.store.ts';

export function releasesRoutes(deps: {
  releases: Releases;
  approvals: Approvals;
  leftovers: Leftovers;
  releasesStore: ReleasesStore;
  applications: Applications;
  clusters: Clusters;
}): BoundEndpoint[] {
  const { releases, approvals, leftovers, releasesStore: store, applications, clusters } = deps;
  /** Project and environment come from rows, never from the request. */
  async function ofRelease(id: string): Promise<PermissionTarget> {
    const release = await releases.record(id);
    return { projectId: release.projectId, environmentId: release.environmentId };
  }
  async function ofApplication(id: string, environmentId: string): Promise<CheckedTarget> {
    return targetsToCheck(await applications.record(id), environmentId);
  }
  async function ofReleaseTargets(id: string): Promise<CheckedTarget> {
    const release = await releases.record(id);
    return ofApplication(release.applicationId, release.environmentId);
  }
  return [
    bind(
      previewRelease,
      ({ body }) => ofApplication(body.applicationId, body.environmentId),
      async ({ body }, { principal }) => releases.preview(principal, body),
    ),
    bind(
      createRelease,
      ({ body }) => ofApplication(body.applicationId, body.environmentId),
      async ({ body }, { actor, idempotencyKey }) => releases.create(actor, body, idempotencyKey),
    ),
    bind(
      listReleases,
      'any',
      async ({ query: { application, environment, state, awaitsMe, ...query } }, { principal }) =>
        releases.list(principal, {
          ...query,
          applicationId: application,
          environmentId: environment,
          states: state,
          awaitsMe: awaitsMe === 'true',
        }),
    ),
    bind(
      getRelease,
      ({ params }) => ofRelease(params.id),
      async ({ params }) => releases.get(params.id),
    ),
    bind(
      listReleaseObjects,
      ({ params }) => ofRelease(params.id),
      async ({ params }) => ({ items: await releaseObjects({ store, clusters }, await releases.record(params.id)) }),
    ),
    bind(
      rollbackRelease,
      ({ params }) => ofReleaseTargets(params.id),
      async ({ params, body }, { actor, idempotencyKey }) => releases.rollback(actor, params.id, body, idempotencyKey),
    ),
    bind(
      abortRelease,
      ({ params }) => ofReleaseTargets(params.id),
      async ({ params, body }, { actor }) => releases.operate(actor, params.id, { do: 'abort' }, body.reason),
    ),
    bind(
      pauseRelease,
      ({ params }) => ofReleaseTargets(params.id),
      async ({ params, body }, { actor }) => releases.operate(actor, params.id, { do: 'pause' }, body.reason),
    ),
    bind(
      resumeRelease,
      ({ params }) => ofReleaseTargets(params.id),
      async ({ params, body }, { actor }) => releases.operate(actor, params.id, { do: 'resume' }, body.reason),
    ),
    bind(
      approveRelease,
      ({ params }) => ofRelease(params.id),
      async ({ params, body }, { actor }) => approvals.vote(actor, params.id, body),
    ),
    bind(
      overrideFreeze,
      ({ params }) => ofRelease(params.id),
      async ({ params, body }, { actor }) => approvals.overrideFreeze(actor, params.id, body.reason),
    ),
    bind(
      retryTarget,
      ({ params }) => ofReleaseTargets(params.id),
      async ({ params }, { actor }) => releases.operate(actor, params.id, { do: 'retry', targetId: params.target }),
    ),
    bind(
      skipTarget,
      ({ params }) => ofReleaseTargets(params.id),
      async ({ params, body }, { actor }) =>
        releases.operate(actor, params.id, { do: 'skip', targetId: params.target }, body.reason),
    ),
    bind(
      catchUpDebt,
      async ({ params }) => ofReleaseTargets((await leftovers.releaseOfDebt(params.id)).id),
      async ({ params }, { actor }) => leftovers.catchUp(actor, params.id),
    ),
    bind(
      dismissDebt,
      async ({ params }) => ofReleaseTargets((await leftovers.releaseOfDebt(params.id)).id),
      async ({ params, body }, { actor }) => {
        await leftovers.dismiss(actor, params.id, body.reason);
        return undefined;
      },
    ),
    bind(listRejectedDigests, 'any', async ({ params }, { principal }) => ({
      items: await leftovers.rejectedOf(principal, params.id),
    })),
    bind(
      deleteRejectedDigest,
      async ({ params }) => ofReleaseTargets((await leftovers.releaseOfRejected(params.id)).id),
      async ({ params }, { actor }) => {
        await leftovers.liftRejection(actor, params.id);
        return undefined;
      },
    ),
    bind(
      removeFromEnvironment,
      ({ params }) => ofApplication(params.id, params.environment),
      async ({ params, body }, { actor, idempotencyKey }) =>
        releases.removeFromEnvironment(
          actor,
          { applicationId: params.id, environmentId: params.environment, ...body },
          idempotencyKey,
        ),
    ),
  ];
}
