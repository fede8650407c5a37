import type { PermissionTarget } from '../../platform/principal.ts';
import type { ApplicationRecord } from '../applications/index.ts';

/**
 * What acting on an application in an environment is checked against: the environment, and every cluster and namespace
 * it goes to. One that no rule gives any more is asked for by its cluster.
 */
export function targetsToCheck(application: ApplicationRecord, environmentId: string): readonly PermissionTarget[] {
  const owner = { projectId: application.projectId, environmentId };
  const targets = application.environments
    .filter((environment) => environment.environmentId === environmentId)
    .flatMap((environment) => environment.targets)
    .map(({ clusterId, namespace, state }) =>
      state === 'leaving' ? { ...owner, clusterId } : { ...owner, clusterId, namespace },
    );
  return [owner, ...targets];
}
