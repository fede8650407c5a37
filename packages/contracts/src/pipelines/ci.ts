import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';

export const ciDeploymentSchema = z.object({
  releaseId: id('rel'),
  number: z.number().int(),
  state: z.string(),
  /** The page of the release. */
  url: z.string(),
  /** False when this call made it. */
  existed: z.boolean(),
});

export const createCiDeployment = endpoint({
  name: 'createCiDeployment',
  method: 'POST',
  path: '/ci-deployments',
  summary:
    'Deploy from a CI job, by its GitLab id_token or an API token: the newest template and parameters with new images',
  permission: 'pipelines:deploy',
  body: z.strictObject({
    /** `project/application`. */
    application: z.string().regex(/^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/, 'project and application, such as shop/web'),
    environment: z.string().min(1).max(63),
    /** By slot, each with its digest: a tag may mean another image tomorrow. */
    images: z
      .record(
        z.string().max(40),
        z
          .string()
          .max(500)
          .regex(/@sha256:[a-f0-9]{64}$/, 'name the digest: registry.example.com/shop/web@sha256:…'),
      )
      .refine((images) => Object.keys(images).length > 0, 'name an image'),
    /** Left out, the claims of the id_token say it. */
    commit: z
      .string()
      .regex(/^[a-f0-9]{8,64}$/, 'a commit in hexadecimal')
      .optional(),
    note: z.string().max(500).optional(),
  }),
  response: ciDeploymentSchema,
  status: 202,
  errors: [
    'image_invalid',
    'image_not_allowed',
    'image_not_found',
    'registry_refuses',
    'never_deployed',
    'older_than_current',
    'digest_seen',
    'digest_rejected',
    'ref_not_protected',
    'parameters_invalid',
    'template_not_allowed',
    'render_failed',
    'render_too_large',
    'no_target',
    'id_token_invalid',
    'id_token_used',
    'no_trust_rule',
    'issuer_unreachable',
    'idempotency_key_reused',
  ],
  idempotent: true,
  timeoutMs: 30_000,
});

export const getCiSnippet = endpoint({
  name: 'getCiSnippet',
  method: 'GET',
  path: '/applications/:id/ci-snippet',
  summary: 'A .gitlab-ci.yml that builds this application and deploys it, ready to paste',
  permission: 'pipelines:read',
  params: z.strictObject({ id: id('app') }),
  query: z.strictObject({ environment: id('env').optional() }),
  response: z.object({ fileName: z.string(), text: z.string(), environment: z.string(), slots: z.array(z.string()) }),
  errors: ['unknown_environment'],
});

export const ciEndpoints = [createCiDeployment, getCiSnippet];
