import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';

export type Asked = { method: string; path: string; token: string | undefined; body: Record<string, unknown> };

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
  let failure: number | undefined;
  let losing = false;

  function answer({ method, path, token: given, body }: Asked): { status: number; json: unknown } {
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
      const one: Asked = {
        method: request.method ?? '',
        path: (request.url ?? '').replace('/api/v4', ''),
        token: typeof header === 'string' ? header : undefined,
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
  return {
    origin: `https://127.0.0.1:${port}`,
    port,
    caPem: authority.certPem,
    asked,
    pipelines,
    branches,
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
}

const notFound = { status: 404, json: { message: '404 Not found' } };
