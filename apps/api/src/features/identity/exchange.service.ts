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

  async function verified(actor: Actor, idToken: string): Promise<{ claims: JobClaims; rules: TrustRuleRow[] }> {
    const ip = actor.ip ?? '';
    await limits.check({ ip });
    try {
      const issuer = unverifiedIssuer(idToken);
      // Only issuers that a rule names are ever asked for keys: the token itself sends us nowhere.
      const rules = await store.ofIssuer(issuer);
      if (rules.length === 0) throw new IdTokenError('No trust rule names the issuer of this token.');
      const caPem = rules.find((rule) => rule.ca_pem !== null)?.ca_pem ?? undefined;
      const claims = await verifyIdToken(idToken, {
        keys: await keys.of(issuer, caPem),
        issuer,
        audience,
        now: await store.now(),
      });
      return { claims, rules };
    } catch (error) {
      if (error instanceof IssuerError) {
        logger.warn({ err: error }, 'issuer of identity tokens unreachable');
        throw new AppError('issuer_unreachable', 503, `The issuer of this token cannot be asked. ${error.message}`, {
          retryAfterSeconds: 10,
          cause: error,
        });
      }
      if (!(error instanceof IdTokenError)) throw error;
      await limits.failed({ ip });
      await refused(actor, 'failed', 'id_token_invalid');
      throw new AppError('id_token_invalid', 401, error.message);
    }
  }

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
    idToken: string,
    idempotencyKey: string | undefined,
  ): Promise<{ exchanged: Exchanged; claims: JobClaims }> {
    const { claims, rules } = await verified(actor, idToken);
    const project = { issuer: claims.iss, projectId: claims.project_id };
    await limits.check(project);
    const trusting = trustingRule(rules, claims);
    if ('why' in trusting) {
      await limits.failed(project);
      await refused(actor, 'denied', 'no_trust_rule', claims);
      throw new AppError('no_trust_rule', 403, trusting.why);
    }
    const { rule } = trusting;
    const exchanged = await database.transaction(async (tx) => {
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
          { ...toLimits({ ...rule, cidrs: null }), name: jobName(claims) },
          placeOf({ project_id: rule.service_account_project_id }),
        ),
      });
      await store.used(tx, rule.id);
      await audit.write(tx, { ...actor, principal: created.principal, via: 'token' }, [
        {
          ...created.audit,
          changes: [
            { path: 'trustRule', after: fromUuid('tru', rule.id) },
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
    return { exchanged, claims };
  }

  return {
    /**
     * @param idempotencyKey the same identity token is taken again only with the key of its first use; the token given
     *   then ends, as nobody received it
     */
    exchange: async (actor: Actor, idToken: string, idempotencyKey: string | undefined): Promise<Exchanged> =>
      (await exchange(actor, idToken, idempotencyKey)).exchanged,

    /** As `exchange`, for calls that take the identity token itself: the token of ours, and what the job is. */
    async exchangeJob(actor: Actor, idToken: string, idempotencyKey: string | undefined) {
      const { exchanged, claims } = await exchange(actor, idToken, idempotencyKey);
      return {
        token: exchanged.token,
        job: {
          issuer: claims.iss,
          gitlabProjectId: claims.project_id,
          pipelineId: claims.pipeline_id,
          commit: claims.sha,
          ref: claims.ref,
          refType: claims.ref_type,
          refProtected: claims.ref_protected === 'true',
        },
      };
    },

    /** Ends the connections to issuers. */
    close: () => keys.close(),
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
