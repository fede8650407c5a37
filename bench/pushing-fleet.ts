import { createHash } from 'node:crypto';
import { createDeployTrigger, createHook, createPipelineConnection, type HookSource } from '@quarterdeck/contracts';
import { startTestRegistry, type TestRegistry } from '@quarterdeck/registry/testing';
import { type GitLabServer, startGitLabServer } from '../apps/api/src/features/pipelines/gitlab-server.fixture.ts';
import { type DeliveryFleet, type DeliveryOptions, type Deployed, startDeliveryFleet } from './delivery-fleet.ts';

const accessToken = 'glpat-bench';

export type PushedHook = { path: string; secret: string };

/** A delivery fleet that events reach: a registry and a GitLab that answer, and a hook for each kind of sender. */
export type PushingFleet = DeliveryFleet & {
  registry: TestRegistry;
  gitlab: GitLabServer;
  hooks: Record<HookSource, PushedHook>;
  /** Posts to a hook as its sender does; a body that is an object goes as JSON, bytes as they are. */
  send(path: string, body: object | Buffer, headers: Record<string, string>): Promise<Response>;
  /** Deploys images of this repository; with a GitLab project only once their pipeline there is there, too. */
  addTrigger(place: Deployed, repository: string, gitlabProjectId?: number): Promise<void>;
};

export async function startPushingFleet(options: DeliveryOptions = {}): Promise<PushingFleet> {
  const [registry, gitlab] = await Promise.all([startTestRegistry(), startGitLabServer(accessToken)]);
  const addresses = [registry, gitlab].map(({ port }) => `127.0.0.1/32:${port}`);
  const bench = await startDeliveryFleet({ ...options, addresses });
  const { owner, projectId, server } = bench;
  const { id: connectionId } = await owner.call(createPipelineConnection, {
    body: { kind: 'gitlab', projectId, name: 'gitlab', url: gitlab.origin, caPem: gitlab.caPem, token: accessToken },
  });
  await owner.call(createPipelineConnection, {
    body: { kind: 'registry', projectId, name: 'registry', host: registry.host, caPem: registry.caPem },
  });
  const addHook = async (body: Parameters<typeof owner.call<typeof createHook>>[1]['body']): Promise<PushedHook> => {
    const { hook, secret } = await owner.call(createHook, { body });
    return { path: new URL(hook.url).pathname, secret };
  };
  return {
    ...bench,
    registry,
    gitlab,
    hooks: {
      gitlab: await addHook({ source: 'gitlab', projectId, name: 'gitlab', connectionId }),
      distribution: await addHook({ source: 'distribution', projectId, name: 'registry', registry: registry.host }),
      harbor: await addHook({ source: 'harbor', projectId, name: 'harbor', registry: registry.host }),
    },
    send: (path, body, headers) =>
      fetch(`${server.origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body),
      }),
    async addTrigger({ applicationId, environmentId }, repository, gitlabProjectId) {
      const body = { applicationId, environmentId, repository: `${registry.host}/${repository}` };
      const waits = { requires: 'build_and_image', connectionId, gitlabProjectId } as const;
      await owner.call(createDeployTrigger, {
        body: gitlabProjectId === undefined ? { ...body, requires: 'image' } : { ...body, ...waits },
      });
    },
    async stop() {
      await bench.stop();
      await Promise.all([registry.close(), gitlab.close()]);
    },
  };
}

/** A commit that is always the same for the same number. */
export function commitOf(n: number): string {
  return createHash('sha256').update(`commit ${n}`).digest('hex').slice(0, 40);
}
