import { createHash, randomUUID } from 'node:crypto';
import { AppError } from '../../platform/errors.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { createRate, type Rate } from '../../platform/rate.ts';
import { createRecent } from '../../platform/recent.ts';
import type { Vouch } from '../identity/index.ts';
import type { ConnectionRow, ConnectionsStore } from './connections.store.ts';
import { type GitLab, type GitLabAccess, GitLabError } from './gitlab-client.ts';
import { claimsOfJob, type VouchedClaims } from './job-claims.ts';
import type { PipelineSecrets } from './pipeline-secrets.ts';

/** How long what GitLab said of a token holds: a job that ended a moment ago still counts as running. */
const keptMs = 5000;
/** Questions that one connection sends to its GitLab, of one server. */
const maxPerSecond = 20;
const retryAfterSeconds = 10;
/** What a token is remembered by outlives the job that had it. */
const claimsLiveSeconds = 3600;

/** What GitLab says of the job behind a token. */
type Answer = { claims: VouchedClaims } | { refusal: AppError };

export type JobTokens = ReturnType<typeof createJobTokens>;

/**
 * The job behind GitLab's `CI_JOB_TOKEN`, by what GitLab says of it. Such a token proves less than an identity token: it
 * is made for GitLab and not for us, every job has one, and any step of the job and any service it calls can send it on.
 * So a connection takes them only when told to, they open the project of that connection alone, and they are sent
 * nowhere but to its GitLab.
 */
export function createJobTokens(deps: {
  connections: Pick<ConnectionsStore, 'findById'>;
  secrets: PipelineSecrets;
  gitlab: Pick<GitLab, 'job' | 'pipeline' | 'isProtected'>;
}) {
  const { connections, secrets, gitlab } = deps;
  const asked = createRecent<Answer>(keptMs);
  const rates = new Map<string, Rate>();

  /** Looked up for each call, so that turning it off holds at once. */
  async function connectionOf(id: string): Promise<ConnectionRow> {
    const row = await connections.findById(toUuid(id));
    if (row?.job_tokens === true && row.enabled) return row;
    throw invalidToken('No connection of that id takes job tokens. Turn them on there, or send an id_token.');
  }

  async function ask(row: ConnectionRow, token: string): Promise<Answer> {
    const rate = rates.get(row.id) ?? createRate(maxPerSecond);
    rates.set(row.id, rate);
    if (!rate.takes()) {
      const detail = `More than ${maxPerSecond} jobs a second ask through ${row.name}. Try again in a moment.`;
      throw new AppError('rate_limited', 429, detail, { retryAfterSeconds: 1 });
    }
    const own = secrets.openConnection(row.id, row.sealed_secret).token;
    const access = { origin: row.address, caPem: row.ca_pem ?? undefined };
    if (own === undefined) return { refusal: unseen(row, 'has none') };
    try {
      return await askBoth(row, { ...access, token, isJobToken: true }, { ...access, token: own });
    } catch (error) {
      if (!(error instanceof GitLabError)) throw error;
      const detail = `The job cannot be checked. ${error.message}`;
      return { refusal: new AppError('gitlab_unreachable', 503, detail, { retryAfterSeconds, cause: error }) };
    }
  }

  /** As the job which one it is; as ourselves where it ran and whether that is protected. */
  async function askBoth(
    row: ConnectionRow,
    asJob: GitLabAccess & { isJobToken: true },
    asUs: GitLabAccess,
  ): Promise<Answer> {
    const job = await gitlab.job(asJob);
    if (job === undefined) {
      return { refusal: invalidToken(`${new URL(row.address).host} knows no running job by this token.`) };
    }
    if (job.status !== 'running') return { refusal: invalidToken(`The job of this token is ${job.status}.`) };
    const projectId = String(job.pipeline.project_id);
    const [pipeline, isProtected] = await Promise.all([
      gitlab.pipeline(asUs, projectId, String(job.pipeline.id)),
      gitlab.isProtected(asUs, projectId, job.tag ? 'tag' : 'branch', job.ref),
    ]);
    if (pipeline === undefined) return { refusal: unseen(row, `does not see project ${projectId}`) };
    if (pipeline.sha !== job.pipeline.sha) return { refusal: invalidToken('GitLab says two things of this job.') };
    return { claims: claimsOfJob(job, pipeline, isProtected) };
  }

  return {
    /**
     * Vouches for the job behind a token, by the GitLab of a connection.
     * @param key of the call: the same job comes again with the same one
     * @throws AppError 401 `job_token_invalid`, 403 `no_trust_rule`, 429 `rate_limited`, 503 `gitlab_unreachable`
     */
    vouch:
      (connectionId: string, token: string, key: string | undefined): Vouch =>
      async (isTrusted) => {
        const row = await connectionOf(connectionId);
        // A token goes nowhere unless a rule would trust what comes back.
        if (!(await isTrusted(row.address))) throw invalidToken(`No trust rule names ${row.address}.`);
        const remembered = createHash('sha256').update(`${row.id}\n${token}`).digest('base64');
        const answer = await asked.get(remembered, () => ask(row, token));
        if ('refusal' in answer) throw answer.refusal;
        return {
          claims: {
            ...answer.claims,
            iss: row.address,
            jti: `job-token ${answer.claims.job_id} ${key ?? randomUUID()}`,
            exp: Math.floor(Date.now() / 1000) + claimsLiveSeconds,
          },
          projectId: fromUuid('prj', row.project_id),
        };
      },
  };
}

const invalidToken = (detail: string) => new AppError('job_token_invalid', 401, detail);

function unseen(row: ConnectionRow, what: string): AppError {
  const detail = `Whether a branch is protected is asked with the access token of connection ${row.name}, which ${what}: give it one with read_api for that project.`;
  return new AppError('no_trust_rule', 403, detail);
}
