import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';

export const auditOutcomes = ['allowed', 'denied', 'failed'] as const;

export const auditRecordSchema = z.object({
  id: id('aud'),
  chain: z.number().int(),
  seq: z.number().int(),
  at: timeSchema,
  actor: z.object({
    kind: z.string(),
    id: z.string().optional(),
    display: z.string(),
    session: z.string().optional(),
    token: z.string().optional(),
  }),
  via: z.string(),
  action: z.string(),
  outcome: z.enum(auditOutcomes),
  code: z.string().optional(),
  target: z.object({
    kind: z.string(),
    id: z.string().optional(),
    name: z.string().optional(),
    cluster: z.string().optional(),
    namespace: z.string().optional(),
    project: z.string().optional(),
    environment: z.string().optional(),
  }),
  changes: z.array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
  reason: z.string().optional(),
  requestId: z.string().optional(),
  traceId: z.string().optional(),
  ip: z.string().optional(),
  userAgent: z.string().optional(),
  /** The same denial within a minute is one record. */
  count: z.number().int().optional(),
  hash: z.string(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

const filters = {
  q: z.string().max(200).optional(),
  actor: z.string().max(80).optional(),
  action: csv(z.string().max(80)).optional(),
  outcome: csv(z.enum(auditOutcomes)).optional(),
  code: z.string().max(80).optional(),
  project: id('prj').optional(),
  cluster: id('clu').optional(),
  /** Id of the object it was done to. */
  target: z.string().max(80).optional(),
  request: z.string().max(80).optional(),
  from: timeSchema.optional(),
  to: timeSchema.optional(),
};

export const listAuditRecords = endpoint({
  name: 'listAuditRecords',
  method: 'GET',
  path: '/audit',
  summary: 'What was done, newest first',
  permission: 'audit:read',
  query: listQuery.extend(filters),
  response: listOf(auditRecordSchema),
  errors: ['invalid_cursor'],
});

export const exportAuditRecords = endpoint({
  name: 'exportAuditRecords',
  method: 'GET',
  path: '/audit/export',
  summary: 'Every record that matches: JSON lines with hashes, or CSV',
  permission: 'audit:export',
  query: z.strictObject({ format: z.enum(['jsonl', 'csv']).default('jsonl'), ...filters }),
  download: ['application/x-ndjson', 'text/csv'],
  timeoutMs: 600_000,
  errors: [],
});

export const trailVerificationSchema = z.object({
  state: z.enum(['verified', 'behind', 'broken']),
  records: z.number().int(),
  /** Every record up to here has been recomputed and fits. */
  verifiedUpTo: timeSchema.optional(),
  checkedAt: timeSchema.optional(),
  firstBad: z.object({ chain: z.number().int(), seq: z.number().int(), problem: z.string() }).optional(),
  /** When chain heads were last written down outside the database. */
  checkpointAt: timeSchema.optional(),
});
export type TrailVerification = z.infer<typeof trailVerificationSchema>;

export const getTrailVerification = endpoint({
  name: 'getTrailVerification',
  method: 'GET',
  path: '/audit/verification',
  summary: 'How far the trail has been recomputed, and the first record that does not fit',
  permission: 'audit:read',
  response: trailVerificationSchema,
  errors: [],
});

export const getAuditRecord = endpoint({
  name: 'getAuditRecord',
  method: 'GET',
  path: '/audit/:id',
  summary: 'One record of the trail',
  permission: 'audit:read',
  params: z.object({ id: id('aud') }),
  response: auditRecordSchema,
  errors: [],
});

export const auditEndpoints = [listAuditRecords, exportAuditRecords, getTrailVerification, getAuditRecord];
