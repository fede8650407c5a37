import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';
import { templateStates } from './templates.ts';

export const parameterLayers = ['application', 'environment', 'target'] as const;

const values = z.record(z.string(), z.unknown());

/** The version an application follows; with `environmentId` one environment of it does. */
export const templatePinSchema = z.object({
  environmentId: id('env').optional(),
  templateVersionId: id('tpv'),
  template: z.string(),
  title: z.string(),
  version: z.string(),
  state: z.enum(templateStates),
  /** A newer published version of the same template. */
  newer: z.object({ templateVersionId: id('tpv'), version: z.string() }).optional(),
  changedBy: z.string(),
  changedAt: timeSchema,
});

export const parameterLayerSchema = z.object({
  layer: z.enum(parameterLayers),
  environmentId: id('env').optional(),
  targetId: id('tgt').optional(),
  /** 0: nothing was ever saved there. */
  revision: z.number().int(),
  value: values,
  author: z.string().optional(),
  changedAt: timeSchema.optional(),
});
export type ParameterLayer = z.infer<typeof parameterLayerSchema>;

export const provenanceSchema = z.object({
  /** JSON pointer of the leaf. */
  pointer: z.string(),
  layer: z.enum(['default', ...parameterLayers]),
  revision: z.number().int().optional(),
  author: z.string().optional(),
  at: timeSchema.optional(),
});

const applicationParams = z.strictObject({ id: id('app') });

export const getApplicationTemplate = endpoint({
  name: 'getApplicationTemplate',
  method: 'GET',
  path: '/applications/:id/template',
  summary: 'The template versions an application and its environments follow',
  permission: 'parameters:read',
  params: applicationParams,
  response: z.object({ items: z.array(templatePinSchema) }),
  errors: [],
});

export const setApplicationTemplate = endpoint({
  name: 'setApplicationTemplate',
  method: 'PUT',
  path: '/applications/:id/template',
  summary:
    'Let an application, or one of its environments, follow a published template version from its next release on',
  permission: 'parameters:write',
  params: applicationParams,
  body: z.strictObject({ environmentId: id('env').optional(), templateVersionId: id('tpv') }),
  response: z.object({ items: z.array(templatePinSchema) }),
  errors: ['template_withdrawn', 'template_not_published', 'template_not_allowed'],
});

export const getParameters = endpoint({
  name: 'getParameters',
  method: 'GET',
  path: '/applications/:id/parameters',
  summary: 'The layers of parameters of an application, its environments and targets, as they count now',
  permission: 'parameters:read',
  params: applicationParams,
  response: z.object({ items: z.array(parameterLayerSchema) }),
  errors: [],
});

export const saveParameters = endpoint({
  name: 'saveParameters',
  method: 'PUT',
  path: '/applications/:id/parameters',
  summary: 'Save a layer of parameters as a new revision; releases after it use it',
  permission: 'parameters:write',
  params: applicationParams,
  body: z.strictObject({
    layer: z.enum(parameterLayers),
    environmentId: id('env').optional(),
    targetId: id('tgt').optional(),
    value: values,
    /** The revision that was read: somebody else's change is never written over. */
    baseRevision: z.number().int().min(0),
  }),
  response: parameterLayerSchema,
  errors: ['parameters_changed', 'parameters_invalid', 'parameter_locked'],
});

export const getEffectiveParameters = endpoint({
  name: 'getEffectiveParameters',
  method: 'GET',
  path: '/applications/:id/parameters/effective',
  summary: 'What the layers come to in an environment or on a target, and where each value comes from',
  permission: 'parameters:read',
  params: applicationParams,
  query: z.strictObject({
    environment: id('env'),
    target: id('tgt').optional(),
    /** Instead of the version it follows. */
    templateVersion: id('tpv').optional(),
    /** A layer to leave out: what it stands on, for the form that writes it. */
    without: z.enum(parameterLayers).optional(),
  }),
  response: z.object({
    templateVersionId: id('tpv'),
    /** The layers merged, without the defaults of the schema. */
    merged: values,
    /** With the defaults: what the manifests see. */
    effective: values,
    provenance: z.array(provenanceSchema),
    /** Parameters that do not fit the schema of the version. */
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  }),
  errors: ['no_template'],
});

export const parametersEndpoints = [
  getApplicationTemplate,
  setApplicationTemplate,
  getParameters,
  saveParameters,
  getEffectiveParameters,
];
