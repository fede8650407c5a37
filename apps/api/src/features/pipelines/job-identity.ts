import type { FastifyRequest } from 'fastify';
import { type Actor, type Principal, systemActor } from '../../platform/principal.ts';

/** What a verified identity token says of its job. */
export type JobFacts = {
  gitlabProjectId: string;
  pipelineId: string | undefined;
  commit: string | undefined;
  ref: string;
  refType: 'branch' | 'tag';
  /** As GitLab says in the token. */
  refProtected: boolean;
  issuer: string;
};

/**
 * Where a job may come with its identity token: it deploys, then waits for what it deployed with the same token and the
 * same key, which is what lets the token be taken again.
 */
const takesIdentityTokens: ReadonlySet<string> = new Set([
  'POST /api/v1/ci-deployments',
  'GET /api/v1/ci-deployments/:id',
  'GET /api/v1/ci-deployments/:id/report',
]);

export type JobIdentity = ReturnType<typeof createJobIdentity>;

/** Three parts of base64url: an identity token, and never one of ours. */
const jwt = /^Bearer (ey[\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Lets a CI job come with its identity token itself to the endpoints that are made for it: the token is exchanged,
 * under the same rules as `POST /auth/exchange`, and what comes out is who asks.
 */
export function createJobIdentity(deps: {
  /** Exchanges an identity token; the same one again goes with the same key alone. @throws AppError */
  exchange(actor: Actor, idToken: string, key: string | undefined): Promise<{ token: string; job: JobFacts }>;
  /** The account behind a token of ours. @throws AppError */
  authenticate(token: string, ip: string): Promise<Principal>;
}) {
  const exchanged = new WeakMap<FastifyRequest, { token: string; job: JobFacts }>();
  const jobs = new WeakMap<Principal, JobFacts>();

  async function exchangeOnce(request: FastifyRequest, idToken: string): Promise<{ token: string; job: JobFacts }> {
    const known = exchanged.get(request);
    if (known !== undefined) return known;
    const key = request.headers['idempotency-key'];
    const actor: Actor = { ...systemActor('anonymous', []), via: 'anonymous', requestId: request.id, ip: request.ip };
    const made = await deps.exchange(actor, idToken, typeof key === 'string' ? key : undefined);
    exchanged.set(request, made);
    return made;
  }

  return {
    /** `undefined` when the request brings no identity token, or not to where one is taken. */
    async authenticate(request: FastifyRequest): Promise<Principal | undefined> {
      const idToken = takesIdentityTokens.has(`${request.method} ${request.routeOptions.url}`)
        ? jwt.exec(request.headers.authorization ?? '')?.[1]
        : undefined;
      if (idToken === undefined) return undefined;
      const { token, job } = await exchangeOnce(request, idToken);
      const principal = await deps.authenticate(token, request.ip);
      jobs.set(principal, job);
      return principal;
    },

    /** The job behind a principal; `undefined` when it came with a token of ours. */
    jobOf: (principal: Principal): JobFacts | undefined => jobs.get(principal),
  };
}
