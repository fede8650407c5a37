import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { templateVersionSchema } from './templates.ts';

const chartBody = z.strictObject({
  /** The chart as `helm package` or `helm pull` makes it (.tgz), in base64; at most 4 MiB. */
  archive: z.base64('give the .tgz file in base64').min(1, 'give a chart').max(5_600_000, 'is larger than 4 MiB'),
  /** Values as YAML; they are settled by the import and not kept. */
  values: z.string().max(262_144).default(''),
  /** Of the template; of the one it becomes another version of, when there is `templateId`. */
  name: z.string().max(63),
  /** Of the template version. */
  version: z.string().max(100),
  projectId: id('prj').optional(),
  /** The template that gets another version. */
  templateId: id('tpl').optional(),
  /** Keys of objects to do without. */
  leaveOut: z.array(z.string().max(400)).max(500).default([]),
});

export const chartImportSchema = z.object({
  chart: z.object({
    name: z.string(),
    version: z.string(),
    appVersion: z.string().optional(),
    description: z.string().optional(),
  }),
  objects: z.array(
    z.object({
      /** Kind and name, for `leaveOut`; `<app>` is the place of the application's name. */
      key: z.string(),
      kind: z.string(),
      name: z.string(),
      /** File of the chart. */
      source: z.string(),
      state: z.enum(['taken', 'left_out', 'refused']),
      /** Why it is left out or refused. */
      detail: z.string().optional(),
      /** What keeps a template of it from being published, until it is mended or allowed with a reason. */
      lint: z.array(z.object({ rule: z.string(), detail: z.string() })),
    }),
  ),
  /** Each image of the chart becomes a slot that a release fills. */
  images: z.array(z.object({ slot: z.string(), image: z.string() })),
  /** What keeps the whole of it from becoming a template, besides objects that are refused. */
  problem: z.string().optional(),
});
export type ChartImport = z.infer<typeof chartImportSchema>;

const errors = [
  'helm_not_configured',
  'helm_unavailable',
  'chart_invalid',
  'chart_too_large',
  'chart_too_slow',
  'template_invalid',
] as const;
const bodyLimitBytes = 6_291_456;

export const previewChartImport = endpoint({
  name: 'previewChartImport',
  method: 'POST',
  path: '/templates/import/preview',
  summary: 'Render a Helm chart and say of each object whether a template may make it; saves nothing',
  permission: 'templates:write',
  body: chartBody,
  response: chartImportSchema,
  errors,
  bodyLimitBytes,
});

export const importChart = endpoint({
  name: 'importChart',
  method: 'POST',
  path: '/templates/import',
  summary: 'Render a Helm chart and keep what it makes as the draft of a template version',
  permission: 'templates:write',
  body: chartBody,
  response: templateVersionSchema,
  status: 201,
  errors: [...errors, 'chart_refused', 'template_exists', 'version_exists', 'template_built_in'],
  idempotent: true,
  bodyLimitBytes,
});

export const chartImportsEndpoints = [previewChartImport, importChart];
