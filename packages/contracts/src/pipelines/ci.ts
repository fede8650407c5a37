import { z } from 'zod';
import { unwellDependencySchema } from '../dependencies.ts';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { releaseStates } from '../release-schemas.ts';

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
    'Deploy from a CI job, by its GitLab id_token, an API token, or its job token and the header Quarterdeck-Connection: the newest template and parameters with new images',
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
    'job_token_invalid',
    'no_trust_rule',
    'issuer_unreachable',
    'gitlab_unreachable',
    'idempotency_key_reused',
  ],
  idempotent: true,
  timeoutMs: 30_000,
});

/** How a release stands for whoever made it and waits. */
export const ciOutcomes = ['running', 'healthy', 'failed', 'waits_for_a_person', 'ended'] as const;
export type CiOutcome = (typeof ciOutcomes)[number];

/** What a job ends with: 0 healthy, 1 failed, 2 a person must act (approve, resume), 3 aborted or superseded. */
export const ciExitCodes: Readonly<Record<Exclude<CiOutcome, 'running'>, number>> = {
  healthy: 0,
  failed: 1,
  waits_for_a_person: 2,
  ended: 3,
};

export const ciProgressSchema = z.object({
  releaseId: id('rel'),
  number: z.number().int(),
  application: z.string(),
  environment: z.string(),
  state: z.enum(releaseStates),
  outcome: z.enum(ciOutcomes),
  /** Absent while it is under way. */
  exitCode: z.number().int().optional(),
  targetCount: z.number().int(),
  healthyCount: z.number().int(),
  failedCount: z.number().int(),
  /** Why it failed, a line for each reason with the clusters that give it. */
  causes: z.array(
    z.object({
      code: z.string(),
      summary: z.string(),
      clusters: z.array(z.string()),
      nextStep: z.string().optional(),
    }),
  ),
  /** What it stands still for, in words. */
  waits: z.array(z.string()),
  /** What the application needs and does not find there, as far as the caller may see it. */
  unwellNeeds: z.array(unwellDependencySchema),
  url: z.string(),
});
export type CiProgress = z.infer<typeof ciProgressSchema>;

const waiting = {
  params: z.strictObject({ id: id('rel') }),
  /** Answers once nothing goes on by itself any more, and after this long at the latest. */
  query: z.strictObject({ waitSeconds: z.coerce.number().int().min(0).max(50).default(0) }),
  permission: 'pipelines:deploy',
  errors: [
    'id_token_invalid',
    'id_token_used',
    'job_token_invalid',
    'no_trust_rule',
    'issuer_unreachable',
    'gitlab_unreachable',
  ],
  timeoutMs: 60_000,
} as const;

export const getCiDeployment = endpoint({
  name: 'getCiDeployment',
  method: 'GET',
  path: '/ci-deployments/:id',
  summary: 'How a release stands, with the code that its job should end with; waits for its end when asked to',
  ...waiting,
  response: ciProgressSchema,
});

export const getCiReport = endpoint({
  name: 'getCiReport',
  method: 'GET',
  path: '/ci-deployments/:id/report',
  summary: 'The same in lines for the log of a job; the last one is `exit <code>` once there is one',
  ...waiting,
  download: ['text/plain; charset=utf-8'],
});

/** How a job of GitLab proves who it is. */
export const ciProofs = ['id_token', 'job_token'] as const;
export type CiProof = (typeof ciProofs)[number];

export const getCiSnippet = endpoint({
  name: 'getCiSnippet',
  method: 'GET',
  path: '/applications/:id/ci-snippet',
  summary: 'A .gitlab-ci.yml that builds this application and deploys it, ready to paste',
  permission: 'pipelines:read',
  params: z.strictObject({ id: id('app') }),
  query: z.strictObject({ environment: id('env').optional(), proof: z.enum(ciProofs).default('id_token') }),
  response: z.object({
    fileName: z.string(),
    text: z.string(),
    environment: z.string(),
    slots: z.array(z.string()),
    /** How its jobs may prove who they are; by job token where a connection of the project takes them. */
    proofs: z.array(z.enum(ciProofs)),
  }),
  errors: ['unknown_environment', 'job_tokens_off'],
});

export const ciEndpoints = [createCiDeployment, getCiDeployment, getCiReport, getCiSnippet];
