export { startAuditLoops } from './audit.jobs.ts';
export { auditRoutes } from './audit.routes.ts';
export { type Audit, createAudit } from './audit.service.ts';
export type { AuditChange, AuditEntry, AuditTarget } from './audit-record.ts';
export { CheckpointError, type CheckpointSigner, createCheckpointSigner, readCheckpoints } from './checkpoint.ts';
export { verifyTrail } from './verify-trail.ts';
