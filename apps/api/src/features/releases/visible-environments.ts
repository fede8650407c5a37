import { notFound } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, Applications } from '../applications/index.ts';

/**
 * Environments of an application whose releases the principal may read.
 * @throws AppError `not_found` also for whoever may read those of none
 */
export async function visibleEnvironments(
  { access, applications }: { access: Access; applications: Applications },
  principal: Principal,
  applicationId: string,
): Promise<ApplicationRecord['environments']> {
  const visible = await access.visibleScope(principal, 'releases:read');
  const application = await applications.record(applicationId);
  if (visible.fleet || visible.projects.includes(toUuid(application.projectId))) return application.environments;
  const environments = application.environments.filter(({ environmentId }) =>
    visible.environments.includes(toUuid(environmentId)),
  );
  if (environments.length === 0) throw notFound('This application');
  return environments;
}
