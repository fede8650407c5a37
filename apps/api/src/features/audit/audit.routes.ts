import { listAuditRecords } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Audit } from './audit.service.ts';

export function auditRoutes(audit: Audit): BoundEndpoint[] {
  return [bind(listAuditRecords, 'fleet', async ({ query }) => audit.list(query))];
}
