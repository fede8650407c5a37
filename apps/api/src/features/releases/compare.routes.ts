import { compareTargets, diffRelease } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import type { Applications } from '../applications/index.ts';
import type { CompareReleases } from './compare-releases.ts';
import type { Releases } from './releases.service.ts';

export function compareRoutes(deps: {
  compareReleases: CompareReleases;
  releases: Releases;
  applications: Applications;
}): BoundEndpoint[] {
  const { compareReleases, releases, applications } = deps;
  async function ofRelease(id: string): Promise<PermissionTarget> {
    const { projectId, environmentId } = await releases.record(id);
    return { projectId, environmentId };
  }
  /** A target that is not the application's is asked for by its project, and refused as unknown after that. */
  async function ofTarget(applicationId: string, id: string): Promise<PermissionTarget> {
    const { projectId, environments } = await applications.record(applicationId);
    const environment = environments.find(({ targets }) => targets.some((target) => target.id === id));
    return environment === undefined ? { projectId } : { projectId, environmentId: environment.environmentId };
  }
  return [
    bind(
      diffRelease,
      async ({ params, query }) => [await ofRelease(params.id), await ofRelease(query.against)],
      async ({ params, query }, { principal }) =>
        compareReleases.releases(principal, await releases.record(query.against), await releases.record(params.id)),
    ),
    bind(
      compareTargets,
      async ({ params, query }) => [await ofTarget(params.id, query.before), await ofTarget(params.id, query.after)],
      async ({ params, query }, { principal }) =>
        compareReleases.targets(principal, params.id, query.before, query.after),
    ),
  ];
}
