import { type OutboundClient, OutboundError } from '@quarterdeck/outbound';
import { z } from 'zod';
import { outboundWords } from './outbound-words.ts';

/** What it takes to speak with one GitLab. */
export type GitLabAccess = {
  origin: string;
  token: string;
  caPem: string | undefined;
  /** The token is that of a running job, not an access token. */
  isJobToken?: true;
};

/** How GitLab answered, or that it did not. `later`: it is away, busy, or does not know us any more. */
export class GitLabError extends Error {
  readonly status: number | undefined;
  readonly isLater: boolean;
  constructor(message: string, options: { status?: number; isLater: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'GitLabError';
    this.status = options.status;
    this.isLater = options.isLater;
  }
}

/** Headers that the outbound client must let out. */
export const gitlabHeaders = ['accept', 'content-type', 'private-token', 'job-token'];

export type GitLabPipeline = { sha: string; ref: string; source: string; status: string };
export type CommitState = 'pending' | 'running' | 'success' | 'failed' | 'canceled';
export type DeploymentState = 'running' | 'success' | 'failed' | 'canceled';

const pipelineSchema = z.object({ sha: z.string(), ref: z.string(), source: z.string(), status: z.string() });
/** The job behind a job token. Numbers are numbers here, unlike in the claims of an identity token. */
const jobSchema = z.object({
  id: z.number().int().positive(),
  status: z.string(),
  ref: z.string().min(1).max(255),
  tag: z.boolean(),
  pipeline: z.object({
    id: z.number().int().positive(),
    project_id: z.number().int().positive(),
    sha: z.string().regex(/^[a-f0-9]{40,64}$/),
  }),
  user: z.object({ username: z.string().max(255) }).nullish(),
});
export type GitLabJob = z.output<typeof jobSchema>;
const protectedSchema = z.object({ protected: z.boolean() });
const versionSchema = z.object({ version: z.string().max(100) });
const deploymentSchema = z.object({ id: z.number().int(), sha: z.string(), status: z.string() });
const messageSchema = z.object({ message: z.unknown() });

export type GitLab = ReturnType<typeof createGitLabClient>;

/** The few calls of GitLab's API (v4) that a deployment needs. */
export function createGitLabClient({ outbound }: { outbound: OutboundClient }) {
  async function send(
    access: GitLabAccess,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: Record<string, unknown>,
  ): Promise<{ status: number; json: unknown }> {
    const { host } = new URL(access.origin);
    try {
      const response = await outbound.fetchFor({ caPem: access.caPem })(`${access.origin}/api/v4${path}`, {
        method,
        headers: {
          accept: 'application/json',
          [access.isJobToken === true ? 'job-token' : 'private-token']: access.token,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: parse(await response.text()) };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw new GitLabError(`${host} cannot be reached. ${outboundWords(error, host)}`, {
        isLater: true,
        cause: error,
      });
    }
  }

  /** @throws GitLabError for anything but 2xx */
  async function ask(
    access: GitLabAccess,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: Record<string, unknown>,
  ): Promise<unknown> {
    const { status, json } = await send(access, method, path, body);
    if (status >= 200 && status < 300) return json;
    throw refusal(access, status);
  }

  const project = (id: string) => `/projects/${encodeURIComponent(id)}`;

  return {
    /** @throws GitLabError */
    async version(access: GitLabAccess): Promise<string> {
      return read(versionSchema, await ask(access, 'GET', '/version'), access).version;
    },

    /** The job behind a job token, while it runs; `undefined` when GitLab knows none by it. @throws GitLabError */
    async job(access: GitLabAccess & { isJobToken: true }): Promise<GitLabJob | undefined> {
      const { status, json } = await send(access, 'GET', '/job');
      if (status === 401 || status === 403 || status === 404) return undefined;
      if (status !== 200) throw refusal(access, status);
      return read(jobSchema, json, access);
    },

    /** `undefined` when the project has no such pipeline. @throws GitLabError */
    async pipeline(access: GitLabAccess, projectId: string, pipelineId: string): Promise<GitLabPipeline | undefined> {
      const found = await ask(access, 'GET', `${project(projectId)}/pipelines/${pipelineId}`).catch(unknownIsUndefined);
      return found === undefined ? undefined : read(pipelineSchema, found, access);
    },

    /** False also for a branch or tag that there is not. @throws GitLabError */
    async isProtected(
      access: GitLabAccess,
      projectId: string,
      refType: 'branch' | 'tag',
      ref: string,
    ): Promise<boolean> {
      const kind = refType === 'tag' ? 'tags' : 'branches';
      const path = `${project(projectId)}/repository/${kind}/${encodeURIComponent(ref)}`;
      const found = await ask(access, 'GET', path).catch(unknownIsUndefined);
      return found === undefined ? false : read(protectedSchema, found, access).protected;
    },

    /** Sets the status of a commit; that it stands so already is as good. @throws GitLabError */
    async setCommitStatus(
      access: GitLabAccess,
      projectId: string,
      commit: string,
      status: {
        state: CommitState;
        name: string;
        ref?: string;
        description: string;
        target_url: string;
        pipeline_id?: number;
      },
    ): Promise<void> {
      const path = `${project(projectId)}/statuses/${commit}`;
      const { status: code, json } = await send(access, 'POST', path, status);
      if (code >= 200 && code < 300) return;
      const message = messageSchema.safeParse(json).data?.message;
      if (code === 400 && JSON.stringify(message ?? '').includes('Cannot transition')) return;
      throw refusal(access, code);
    },

    /** Makes a deployment and gives its number. @throws GitLabError */
    async createDeployment(
      access: GitLabAccess,
      projectId: string,
      deployment: { environment: string; sha: string; ref: string; tag: boolean; status: DeploymentState },
    ): Promise<number> {
      const made = await ask(access, 'POST', `${project(projectId)}/deployments`, deployment);
      return read(deploymentSchema, made, access).id;
    },

    /** The newest deployment of a commit to an environment: one whose answer was lost is found again. @throws GitLabError */
    async findDeployment(
      access: GitLabAccess,
      projectId: string,
      environment: string,
      sha: string,
    ): Promise<number | undefined> {
      const query = new URLSearchParams({ environment, order_by: 'id', sort: 'desc', per_page: '20' });
      const found = await ask(access, 'GET', `${project(projectId)}/deployments?${query}`);
      return read(z.array(deploymentSchema), found, access).find((each) => each.sha === sha)?.id;
    },

    /** @throws GitLabError */
    async setDeployment(access: GitLabAccess, projectId: string, id: number, status: DeploymentState): Promise<void> {
      await ask(access, 'PUT', `${project(projectId)}/deployments/${id}`, { status });
    },
  };
}

function unknownIsUndefined(error: unknown): undefined {
  if (error instanceof GitLabError && error.status === 404) return undefined;
  throw error;
}

function refusal(access: GitLabAccess, status: number): GitLabError {
  const { host } = new URL(access.origin);
  const why: Record<number, string> = {
    401: 'it does not know the token any more: give the connection a new one',
    403: 'the token may not do this: it needs the scope api and at least the role Developer',
    404: 'it has no such project, or does not show it to the token',
  };
  // A token can be renewed and a project shared within the day; what GitLab cannot read it never will.
  const isLater =
    status === 401 || status === 403 || status === 404 || status === 408 || status === 429 || status >= 500;
  return new GitLabError(`${host} answered ${status}${why[status] === undefined ? '' : `: ${why[status]}`}.`, {
    status,
    isLater,
  });
}

function read<S extends z.ZodType>(schema: S, json: unknown, access: GitLabAccess): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new GitLabError(`${new URL(access.origin).host} answered something that is not GitLab's.`, { isLater: true });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
