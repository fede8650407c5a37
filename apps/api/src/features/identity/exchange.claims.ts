import { z } from 'zod';
import type { TrustRuleRow } from './trust-rules.store.ts';

/**
 * What GitLab says of a job. Its values are strings, `ref_protected` too; anything of another type is not from GitLab.
 */
export const jobClaimsSchema = z.object({
  iss: z.string(),
  jti: z.string().min(1).max(500),
  exp: z.number(),
  project_id: z.string().regex(/^[1-9]\d{0,17}$/),
  project_path: z.string().max(500).optional(),
  ref: z.string().max(255),
  ref_type: z.enum(['branch', 'tag']),
  ref_protected: z.string(),
  environment: z.string().max(255).optional(),
  pipeline_source: z.string().max(100),
  pipeline_id: z.string().max(50).optional(),
  job_id: z.string().max(50).optional(),
  sha: z
    .string()
    .regex(/^[a-f0-9]{40,64}$/)
    .optional(),
  user_login: z.string().max(255).optional(),
});
export type JobClaims = z.infer<typeof jobClaimsSchema>;

/** The rule that trusts this job, or why none does. Among several the narrowest wins: environment, then exact ref. */
export function trustingRule(
  rules: readonly TrustRuleRow[],
  claims: JobClaims,
): { rule: TrustRuleRow } | { why: string } {
  const ofProject = rules.filter((rule) => rule.gitlab_project_id === claims.project_id);
  if (ofProject.length === 0) return { why: `No trust rule names GitLab project ${claims.project_id}.` };
  const refusals = ofProject.map((rule) => ({ rule, why: whyNot(rule, claims) }));
  const trusting = refusals.filter(({ why }) => why === undefined).map(({ rule }) => rule);
  const best = trusting.toSorted((a, b) => narrowness(b) - narrowness(a))[0];
  return best === undefined ? { why: String(refusals[0]?.why) } : { rule: best };
}

function whyNot(rule: TrustRuleRow, claims: JobClaims): string | undefined {
  const name = `Trust rule ${rule.name}`;
  if (rule.ref_type !== claims.ref_type || !matchesRef(rule.ref, claims.ref)) {
    return `${name} is for the ${rule.ref_type} ${rule.ref}, the job ran on the ${claims.ref_type} ${claims.ref}.`;
  }
  if (claims.ref_protected !== 'true') return `${claims.ref} is not protected in GitLab: protect it first.`;
  if (claims.pipeline_source === 'merge_request_event' && !rule.allow_merge_requests) {
    return `${name} does not trust pipelines of merge requests.`;
  }
  if (rule.environment !== null && rule.environment !== claims.environment) {
    return `${name} is for jobs with the environment ${rule.environment}.`;
  }
  if (rule.service_account_disabled) return `Service account ${rule.service_account_name} is disabled.`;
  return undefined;
}

function matchesRef(wanted: string, ref: string): boolean {
  return wanted.endsWith('*') ? ref.startsWith(wanted.slice(0, -1)) : ref === wanted;
}

function narrowness(rule: TrustRuleRow): number {
  return (rule.environment === null ? 0 : 2) + (rule.ref.endsWith('*') ? 0 : 1);
}
