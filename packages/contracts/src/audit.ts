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
  actor: z.object({ kind: z.string(), id: z.string().optional(), display: z.string() }),
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
  hash: z.string(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

export const listAuditRecords = endpoint({
  name: 'listAuditRecords',
  method: 'GET',
  path: '/audit',
  summary: 'What was done, newest first',
  permission: 'audit:read',
  query: listQuery.extend({
    action: csv(z.string().max(80)).optional(),
    outcome: csv(z.enum(auditOutcomes)).optional(),
    target: z.string().max(80).optional(),
  }),
  response: listOf(auditRecordSchema),
  errors: ['invalid_cursor'],
});

export const auditEndpoints = [listAuditRecords];
