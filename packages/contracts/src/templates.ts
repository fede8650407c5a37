import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { listOf, timeSchema } from './lists.ts';

export const templateSchema = z.object({
  id: id('tpl'),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  latestVersion: z.string(),
  latestVersionId: id('tpv'),
});

export const templateVersionSchema = z.object({
  id: id('tpv'),
  templateId: id('tpl'),
  name: z.string(),
  version: z.string(),
  state: z.enum(['draft', 'published', 'deprecated', 'withdrawn']),
  sha256: z.string(),
  images: z.record(z.string(), z.object({ required: z.boolean(), title: z.string().optional() })),
  /** JSON Schema 2020-12 of `params`, with `x-ui` hints. */
  schema: z.record(z.string(), z.unknown()),
  /** Files of the bundle, as published. */
  files: z.record(z.string(), z.string()),
  publishedAt: timeSchema.optional(),
});

export const listTemplates = endpoint({
  name: 'listTemplates',
  method: 'GET',
  path: '/templates',
  summary: 'Templates with their newest version',
  permission: 'templates:read',
  response: listOf(templateSchema),
  errors: [],
});

export const getTemplateVersion = endpoint({
  name: 'getTemplateVersion',
  method: 'GET',
  path: '/template-versions/:id',
  summary: 'One immutable template version: files, images and the schema of its form',
  permission: 'templates:read',
  params: z.strictObject({ id: id('tpv') }),
  response: templateVersionSchema,
  errors: [],
});

export const templatesEndpoints = [listTemplates, getTemplateVersion];
