import { id } from '@quarterdeck/contracts';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../platform/errors.ts';
import { type Actor, type Principal, systemActor } from '../../platform/principal.ts';
import type { Vouch } from '../identity/index.ts';
import type { JobTokens } from './job-tokens.ts';

/** What is known of a job that has proved itself. */
export type JobFacts = {
  gitlabProjectId: string;
  pipelineId: string | undefined;
  commit: string | undefined;
  ref: string;
  refType: 'branch' | 'tag';
  /** As GitLab says. */
  refProtected: boolean;
  issuer: string;
};

/**
 * Where a job may come with its own token: it deploys, then waits for what it deployed with the same token and the same
 * key, which is what lets an identity token be taken again.
 */
const takesJobs: ReadonlySet<string> = new Set([
  'POST /api/v1/ci-deployments',
  'GET /api/v1/ci-deployments/:id',
  'GET /api/v1/ci-deployments/:id/report',
]);

export type JobIdentity = ReturnType<typeof createJobIdentity>;

const bearer = /^Bearer ([\w.~+/=-]{1,16384})$/i;
/** Three parts of base64url: an identity token. */
const jwt = /^ey[\w-]+\.[\w-]+\.[\w-]+$/;
/** What GitLab makes for a job, with whatever is put before it; nothing longer is sent on. */
const jobToken = /^[\w.-]{16,4096}$/;
/** One of ours, which no other server may ever see. */
const ownToken = /^qd[a-z]_/i;
/** The header that names whose job token comes: the connection of the GitLab that made it. */
const connectionHeader = 'quarterdeck-connection';

type Exchanged = { token: string; job: JobFacts };

/** What a job proves itself by. */
type Credential = { idToken: string } | { jobToken: string; connectionId: string };

/**
 * Lets a CI job come with its identity token itself, or with its job token where a connection takes them, to the
 * endpoints that are made for it: it is exchanged under the same rules as `POST /auth/exchange`, and what comes out is
 * who asks.
 */
export function createJobIdentity(deps: {
  /** Exchanges an identity token; the same one again goes with the same key alone. @throws AppError */
  exchange(actor: Actor, idToken: string, key: string | undefined): Promise<Exchanged>;
  /** Exchanges what somebody vouches for. @throws AppError */
  exchangeVouched(actor: Actor, vouch: Vouch, key: string | undefined): Promise<Exchanged>;
  jobTokens: JobTokens;
  /** The account behind a token of ours. @throws AppError */
  authenticate(token: string, ip: string): Promise<Principal>;
}) {
  const exchanged = new WeakMap<FastifyRequest, Exchanged>();
  const jobs = new WeakMap<Principal, JobFacts>();

  async function exchangeOnce(request: FastifyRequest, credential: Credential): Promise<Exchanged> {
    const known = exchanged.get(request);
    if (known !== undefined) return known;
    const header = request.headers['idempotency-key'];
    const key = typeof header === 'string' ? header : undefined;
    const actor: Actor = { ...systemActor('anonymous', []), via: 'anonymous', requestId: request.id, ip: request.ip };
    const made =
      'idToken' in credential
        ? await deps.exchange(actor, credential.idToken, key)
        : await deps.exchangeVouched(
            actor,
            deps.jobTokens.vouch(credential.connectionId, credential.jobToken, key),
            key,
          );
    exchanged.set(request, made);
    return made;
  }

  return {
    /** `undefined` when the request brings no token of a job, or not to where one is taken. */
    async authenticate(request: FastifyRequest): Promise<Principal | undefined> {
      if (!takesJobs.has(`${request.method} ${request.routeOptions.url}`)) return undefined;
      const credential = credentialOf(request);
      if (credential === undefined) return undefined;
      const { token, job } = await exchangeOnce(request, credential);
      const principal = await deps.authenticate(token, request.ip);
      jobs.set(principal, job);
      return principal;
    },

    /** The job behind a principal; `undefined` when it came with a token of ours. */
    jobOf: (principal: Principal): JobFacts | undefined => jobs.get(principal),
  };
}

/** @throws AppError 401 for a job token that cannot be one, or of a connection that cannot be one */
function credentialOf({ headers }: FastifyRequest): Credential | undefined {
  const text = bearer.exec(headers.authorization ?? '')?.[1];
  if (text === undefined) return undefined;
  if (jwt.test(text)) return { idToken: text };
  const connectionId = headers[connectionHeader];
  if (connectionId === undefined || ownToken.test(text)) return undefined;
  if (typeof connectionId === 'string' && id('con').safeParse(connectionId).success && jobToken.test(text)) {
    return { jobToken: text, connectionId };
  }
  const detail = 'Send CI_JOB_TOKEN as the bearer, and the id of a connection (con_…) as Quarterdeck-Connection.';
  throw new AppError('job_token_invalid', 401, detail);
}
