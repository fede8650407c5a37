import { createHash } from 'node:crypto';
import type { ClientOutput, exchangeToken } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import type { AddressGuard } from '@quarterdeck/outbound';
import { AppError } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Audit } from '../audit/index.ts';
import type { AccountPorts } from './account-ports.ts';
import { type JobClaims, trustingRule } from './exchange.claims.ts';
import { createIssuerKeys, IssuerError } from './exchange.keys.ts';
import type { createExchangeLimits } from './exchange.limits.ts';
import { IdTokenError, unverifiedIssuer, verifyIdToken } from './exchange.verify.ts';
import { placeOf, withinPlace } from './service-accounts.service.ts';
import { toLimits } from './token-limits.ts';
import type { Tokens } from './tokens.service.ts';
import type { TrustRuleRow, TrustRulesStore } from './trust-rules.store.ts';

const action = 'identity:service-accounts';

export type Exchange = ReturnType<typeof createExchange>;
export type Exchanged = ClientOutput<typeof exchangeToken>;

/**
 * What a job is by somebody else's word, who is asked only where a rule trusts the issuer. The rules hold as for an
 * identity token, and the token of ours opens one project.
 * @throws AppError 401 when it is no job
 */
export type Vouch = (
  isTrusted: (issuer: string) => Promise<boolean>,
) => Promise<{ claims: JobClaims; projectId: string }>;

/** A job that is what it says, and where its token of ours may go; everywhere that the rule says without a project. */
type ProvenJob = { claims: JobClaims; projectId?: string; proof: 'id_token' | 'job_token' };

/** The identity of a CI job for a short token of a service account. */
export function createExchange(deps: {
  database: Database;
  audit: Audit;
  store: TrustRulesStore;
  tokens: Tokens;
  ports: AccountPorts;
  limits: ReturnType<typeof createExchangeLimits>;
  guard: AddressGuard;
  /** What `aud` must be: the address of this installation. */
  audience: string;
  logger: Logger;
}) {
  const { database, audit, store, tokens, limits, audience, logger } = deps;
  const keys = createIssuerKeys({ guard: deps.guard });

  /** Proofs that prove nothing count against their network, and are recorded. */
  async function proven<T>(actor: Actor, prove: () => Promise<T>): Promise<T> {
    const ip = actor.ip ?? '';
    await limits.check({ ip });
    try {
      return await prove();
    } catch (error) {
      if (error instanceof AppError && error.status === 401) {
        await limits.failed({ ip });
        await refused(actor, 'failed', error.code);
      }
      throw error;
    }
  }

  async function verified(idToken: string): Promise<JobClaims> {
    try {
      const issuer = unverifiedIssuer(idToken);
      // Only issuers that a rule names are ever asked for keys: the token itself sends us nowhere.
      const rules = await store.ofIssuer(issuer);
      if (rules.length === 0) throw new IdTokenError('No trust rule names the issuer of this token.');
      const caPem = rules.find((rule) => rule.ca_pem !== null)?.ca_pem ?? undefined;
      return await verifyIdToken(idToken, {
        keys: await keys.of(issuer, caPem),
        issuer,
        audience,
        now: await store.now(),
      });
    } catch (error) {
      if (error instanceof IssuerError) {
        logger.warn({ err: error }, 'issuer of identity tokens unreachable');
        throw new AppError('issuer_unreachable', 503, `The issuer of this token cannot be asked. ${error.message}`, {
          retryAfterSeconds: 10,
          cause: error,
        });
      }
      if (!(error instanceof IdTokenError)) throw error;
      throw new AppError('id_token_invalid', 401, error.message);
    }
  }

  const byIdToken = (actor: Actor, idToken: string): Promise<ProvenJob> =>
    proven(actor, async () => ({ claims: await verified(idToken), proof: 'id_token' }));

  async function refused(actor: Actor, outcome: 'failed' | 'denied', code: string, claims?: JobClaims): Promise<void> {
    await audit.record(actor, [
      {
        action,
        outcome,
        code,
        target: { kind: 'exchange' },
        ...(claims === undefined ? {} : { changes: claimChanges(claims) }),
      },
    ]);
  }

  async function exchange(
    actor: Actor,
    { claims, projectId, proof }: ProvenJob,
    idempotencyKey: string | undefined,
  ): Promise<Exchanged> {
    const project = { issuer: claims.iss, projectId: claims.project_id };
    await limits.check(project);
    const rules = await store.ofIssuer(claims.iss);
    const trusting = trustingRule(projectId === undefined ? rules : reaching(rules, projectId), claims);
    if ('why' in trusting) {
      await limits.failed(project);
      await refused(actor, 'denied', 'no_trust_rule', claims);
      throw new AppError('no_trust_rule', 403, trusting.why);
    }
    const { rule } = trusting;
    return database.transaction(async (tx) => {
      const tokenId = toUuid(newId('tok'));
      const taken = await store.take(tx, {
        jtiHash: createHash('sha256').update(`${claims.iss}\n${claims.jti}`).digest(),
        idempotencyKey,
        tokenId,
        expiresAt: new Date(claims.exp * 1000),
      });
      if (taken === 'used') {
        throw new AppError(
          'id_token_used',
          409,
          'This id_token was exchanged already. A retry sends the Idempotency-Key of the first call; another job step asks GitLab for another id_token.',
        );
      }
      if (taken !== 'first') await tokens.endUnseen(tx, taken.earlierTokenId);
      const created = await tokens.createForWorkload(tx, {
        id: tokenId,
        trustRuleId: rule.id,
        serviceAccountId: rule.service_account_id,
        lifeMinutes: rule.life_minutes,
        input: withinPlace(
          {
            ...toLimits({ ...rule, cidrs: null }),
            ...(projectId === undefined ? {} : { projectIds: [projectId] }),
            name: jobName(claims),
          },
          placeOf({ project_id: rule.service_account_project_id }),
        ),
      });
      await store.used(tx, rule.id);
      await audit.write(tx, { ...actor, principal: created.principal, via: 'token' }, [
        {
          ...created.audit,
          changes: [
            { path: 'trustRule', after: fromUuid('tru', rule.id) },
            { path: 'proof', after: proof },
            ...claimChanges(claims),
            ...(created.audit.changes ?? []),
          ],
        },
      ]);
      const { token } = created;
      return {
        token: created.secret,
        tokenId: token.id,
        expiresAt: token.expiresAt,
        expiresInSeconds: rule.life_minutes * 60,
        serviceAccount: { id: token.owner.id, name: token.owner.name },
        limits: token.limits,
      };
    });
  }

  async function exchangeJob(actor: Actor, job: ProvenJob, idempotencyKey: string | undefined) {
    const { token } = await exchange(actor, job, idempotencyKey);
    return { token, job: jobFacts(job.claims) };
  }

  return {
    /**
     * @param idempotencyKey the same identity token is taken again only with the key of its first use; the token given
     *   then ends, as nobody received it
     */
    exchange: async (actor: Actor, idToken: string, idempotencyKey: string | undefined): Promise<Exchanged> =>
      exchange(actor, await byIdToken(actor, idToken), idempotencyKey),

    /** As `exchange`, for calls that take the identity token itself: the token of ours, and what the job is. */
    exchangeJob: async (actor: Actor, idToken: string, idempotencyKey: string | undefined) =>
      exchangeJob(actor, await byIdToken(actor, idToken), idempotencyKey),

    /** As `exchangeJob`, for a job that somebody vouches for. */
    async exchangeVouched(actor: Actor, vouch: Vouch, idempotencyKey: string | undefined) {
      const isTrusted = async (issuer: string) => (await store.ofIssuer(issuer)).length > 0;
      const vouched = await proven(actor, () => vouch(isTrusted));
      return exchangeJob(actor, { ...vouched, proof: 'job_token' }, idempotencyKey);
    },

    /** Ends the connections to issuers. */
    close: () => keys.close(),
  };
}

/** Rules whose tokens may go to a project. */
function reaching(rules: readonly TrustRuleRow[], projectId: string): TrustRuleRow[] {
  const uuid = toUuid(projectId);
  return rules.filter(
    (rule) =>
      (rule.project_ids === null || rule.project_ids.includes(uuid)) &&
      (rule.service_account_project_id === null || rule.service_account_project_id === uuid),
  );
}

function jobFacts(claims: JobClaims) {
  return {
    issuer: claims.iss,
    gitlabProjectId: claims.project_id,
    pipelineId: claims.pipeline_id,
    commit: claims.sha,
    ref: claims.ref,
    refType: claims.ref_type,
    refProtected: claims.ref_protected === 'true',
  };
}

/** The facts of a job that an auditor asks for; never the token itself. */
function claimChanges(claims: JobClaims) {
  const {
    iss,
    project_id,
    project_path,
    ref,
    ref_type,
    environment,
    pipeline_source,
    pipeline_id,
    job_id,
    user_login,
  } = claims;
  return Object.entries({
    iss,
    project_id,
    project_path,
    ref,
    ref_type,
    environment,
    pipeline_source,
    pipeline_id,
    job_id,
    user_login,
  })
    .filter(([, after]) => after !== undefined)
    .map(([path, after]) => ({ path: `job.${path}`, after }));
}

function jobName(claims: JobClaims): string {
  return `${claims.project_path ?? `project ${claims.project_id}`} job ${claims.job_id ?? '?'}`.slice(-100);
}
