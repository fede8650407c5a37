import type { JobClaims } from '../identity/index.ts';
import type { GitLabJob, GitLabPipeline } from './gitlab-client.ts';

/** What somebody else says of a job; who said it, for which call and for how long is not theirs to say. */
export type VouchedClaims = Omit<JobClaims, 'iss' | 'jti' | 'exp'>;

/**
 * The claims that an identity token of the same job would make. A reference of a merge request is no branch, whatever
 * a branch may be called.
 */
export function claimsOfJob(job: GitLabJob, pipeline: GitLabPipeline, isProtected: boolean): VouchedClaims {
  return {
    project_id: String(job.pipeline.project_id),
    ref: job.ref,
    ref_type: job.tag ? 'tag' : 'branch',
    ref_protected: String(isProtected && !job.ref.startsWith('refs/')),
    pipeline_source: pipeline.source,
    pipeline_id: String(job.pipeline.id),
    job_id: String(job.id),
    sha: job.pipeline.sha,
    ...(job.user == null ? {} : { user_login: job.user.username }),
  };
}
