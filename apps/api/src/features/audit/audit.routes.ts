import { exportAuditRecords, getAuditRecord, getTrailVerification, listAuditRecords } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Audit } from './audit.service.ts';
import { exportTrail } from './export-trail.ts';

export function auditRoutes(audit: Audit): BoundEndpoint[] {
  return [
    bind(listAuditRecords, 'fleet', async ({ query }) => audit.list(query)),
    bind(exportAuditRecords, 'fleet', async ({ query: { format, ...filter } }, { actor }) =>
      exportTrail(audit, actor, format, filter),
    ),
    bind(getTrailVerification, 'fleet', async () => audit.verification()),
    bind(getAuditRecord, 'fleet', async ({ params }) => audit.get(params.id)),
  ];
}
