import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { scopeKinds } from './scopes.ts';

export const reviewAccess = endpoint({
  name: 'reviewAccess',
  method: 'GET',
  path: '/access/review',
  summary: 'Everybody’s grants for a review: who, which role, where, until when, last used; JSON lines or CSV',
  permission: 'access:export',
  query: z.strictObject({
    format: z.enum(['jsonl', 'csv']).default('jsonl'),
    scope: z.enum(scopeKinds).optional(),
    role: z.string().max(60).optional(),
  }),
  download: ['application/x-ndjson', 'text/csv'],
  timeoutMs: 600_000,
  errors: [],
});

export const reviewEndpoints = [reviewAccess];
