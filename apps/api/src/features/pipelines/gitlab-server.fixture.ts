import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';

export type Asked = {
  method: string;
  path: string;
  token: string | undefined;
  jobToken: string | undefined;
  body: Record<string, unknown>;
};

/** A job, by what matters of it. */
export type FakeJob = {
  id: number;
  status: string;
  ref: string;
  tag: boolean;
  projectId: number;
  pipelineId: number;
  sha: string;
};

export type GitLabServer = {
  origin: string;
  port: number;
  caPem: string;
  /** What was asked, in order. */
  asked: Asked[];
  /** `project/pipeline` → what it is. */
  pipelines: Map<string, { sha: string; ref: string; source: string; status: string }>;
  /** `project/branch` → protected. */
  branches: Map<string, boolean>;
  /** Job token → its job. As GitLab does, it tells of running ones alone; of others only when `tellsAll`. */
  jobs: Map<string, FakeJob>;
  tellsAll: boolean;
  deployments: { id: number; sha: string; environment: string; status: string }[];
  /** Answers with this status instead; 0 hangs up; `undefined`: as usual. */
  failWith(status: number | undefined): void;
  /** Takes the next POST and hangs up before it answers. */
  loseNextAnswer(): void;
  close(): Promise<void>;
};

/** The part of GitLab's API that we speak, over TLS, with its own refusals: unknown token, unknown project, double status. */
export async function startGitLabServer(token: string): Promise<GitLabServer> {
  const authority = await createAuthority('gitlab');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  const asked: Asked[] = [];
  const pipelines: GitLabServer['pipelines'] = new Map();
  const branches: GitLabServer['branches'] = new Map();
  const deployments: GitLabServer['deployments'] = [];
  const statuses = new Map<string, string>();
  const jobs: GitLabServer['jobs'] = new Map();
  let failure: number | undefined;
  let losing = false;

  function answer({ method, path, token: given, jobToken, body }: Asked): { status: number; json: unknown } {
    if (path === '/job' && given === undefined) {
      const job = jobs.get(jobToken ?? '');
      if (job === undefined || (job.status !== 'running' && !started.tellsAll)) {
        return { status: 401, json: { message: '401 Unauthorized' } };
      }
      return { status: 200, json: shownJob(job) };
    }
    if (given !== token) return { status: 401, json: { message: '401 Unauthorized' } };
    if (path === '/version') return { status: 200, json: { version: '18.6.0', revision: 'abc' } };
    const [, project = '', rest = ''] = /^\/projects\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const pipeline = /^pipelines\/(\d+)$/.exec(rest)?.[1];
    if (pipeline !== undefined) {
      const found = pipelines.get(`${project}/${pipeline}`);
      return found === undefined ? notFound : { status: 200, json: { id: Number(pipeline), ...found } };
    }
    const branch = /^repository\/branches\/(.+)$/.exec(rest)?.[1];
    if (branch !== undefined) {
      const isProtected = branches.get(`${project}/${decodeURIComponent(branch)}`);
      return isProtected === undefined ? notFound : { status: 200, json: { name: branch, protected: isProtected } };
    }
    const commit = /^statuses\/([a-f0-9]{40})$/.exec(rest)?.[1];
    if (commit !== undefined && method === 'POST') {
      const key = `${commit} ${String(body.name)}`;
      if (statuses.get(key) === body.state) {
        return { status: 400, json: { message: `Cannot transition status via :run from :${String(body.state)}` } };
      }
      statuses.set(key, String(body.state));
      return { status: 201, json: { id: 1, sha: commit, status: body.state } };
    }
    if (rest === 'deployments' && method === 'POST') {
      const made = {
        id: deployments.length + 1,
        sha: String(body.sha),
        environment: String(body.environment),
        status: String(body.status),
      };
      deployments.push(made);
      return { status: 201, json: made };
    }
    if (rest.startsWith('deployments?')) return { status: 200, json: deployments.toReversed() };
    const deployment = deployments.find(({ id }) => rest === `deployments/${id}`);
    if (deployment !== undefined && method === 'PUT') {
      deployment.status = String(body.status);
      return { status: 200, json: deployment };
    }
    return notFound;
  }

  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const header = request.headers['private-token'];
      const jobHeader = request.headers['job-token'];
      const one: Asked = {
        method: request.method ?? '',
        path: (request.url ?? '').replace('/api/v4', ''),
        token: typeof header === 'string' ? header : undefined,
        jobToken: typeof jobHeader === 'string' ? jobHeader : undefined,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
      asked.push(one);
      if (failure === 0) return request.socket.destroy();
      if (failure !== undefined) return response.writeHead(failure).end();
      const { status, json } = answer(one);
      if (losing && one.method === 'POST') {
        losing = false;
        return request.socket.destroy();
      }
      return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started: GitLabServer = {
    origin: `https://127.0.0.1:${port}`,
    port,
    caPem: authority.certPem,
    asked,
    pipelines,
    branches,
    jobs,
    tellsAll: false,
    deployments,
    failWith(status) {
      failure = status;
    },
    loseNextAnswer() {
      losing = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return started;
}

/** In the shape of `GET /job`: the job with its commit, pipeline, user and whether its project limits job tokens. */
function shownJob({ id, status, ref, tag, projectId, pipelineId, sha }: FakeJob): object {
  const at = '2026-11-26T06:00:00.000Z';
  return {
    id,
    status,
    stage: 'deploy',
    name: 'deploy-staging',
    ref,
    tag,
    coverage: null,
    allow_failure: false,
    created_at: at,
    started_at: at,
    finished_at: null,
    erased_at: null,
    duration: 3.2,
    queued_duration: 0.4,
    user: { id: 42, username: 'li.wei', name: 'Li Wei', state: 'active' },
    commit: { id: sha, short_id: sha.slice(0, 8), title: 'Cart: round prices', author_email: 'li.wei@example.com' },
    pipeline: { id: pipelineId, project_id: projectId, sha, ref, status: 'running', source: 'push', created_at: at },
    web_url: `https://gitlab.example.com/shop/web/-/jobs/${id}`,
    project: { ci_job_token_scope_enabled: false },
    artifacts: [],
    runner: { id: 1, description: 'runner-1', active: true },
    artifacts_expire_at: null,
    archived: false,
    tag_list: [],
  };
}

const notFound = { status: 404, json: { message: '404 Not found' } };
