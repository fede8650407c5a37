import {
  exportAuditRecords,
  getAuditRecord,
  getTrailVerification,
  listAuditRecords,
  type Permission,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Audit } from './audit.service.ts';
import { exportTrail } from './export-trail.ts';

/** Filled by `access`, which stands to our right: ids of the projects whose records may be read, or all. */
export type VisibleProjects = (principal: Principal, permission: Permission) => Promise<readonly string[] | 'all'>;

export function auditRoutes({
  audit,
  visibleProjects,
}: {
  audit: Audit;
  visibleProjects: VisibleProjects;
}): BoundEndpoint[] {
  async function visible(principal: Principal, permission: Permission): Promise<{ projects?: readonly string[] }> {
    const projects = await visibleProjects(principal, permission);
    return projects === 'all' ? {} : { projects };
  }
  return [
    bind(listAuditRecords, 'any', async ({ query }, { principal }) =>
      audit.list({ ...query, ...(await visible(principal, 'audit:read')) }),
    ),
    bind(exportAuditRecords, 'any', async ({ query: { format, ...filter } }, { actor }) =>
      exportTrail(audit, actor, format, { ...filter, ...(await visible(actor.principal, 'audit:export')) }),
    ),
    bind(getTrailVerification, 'fleet', async () => audit.verification()),
    bind(
      getAuditRecord,
      async ({ params }) => {
        const { project } = (await audit.get(params.id)).target;
        return project === undefined ? 'fleet' : { projectId: project };
      },
      async ({ params }) => audit.get(params.id),
    ),
  ];
}
