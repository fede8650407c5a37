export { auditRoutes } from './audit.routes.ts';
export { type Audit, createAudit } from './audit.service.ts';
export type { AuditChange, AuditEntry, AuditTarget } from './audit-record.ts';
