import { createHash } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import type { OutboundClient } from '@quarterdeck/outbound';
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import type { Envelopes } from '../../../platform/crypto/envelope.ts';
import { AppError, notFound } from '../../../platform/errors.ts';
import { fromUuid, toUuid } from '../../../platform/ids.ts';
import type { Actor } from '../../../platform/principal.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { Audit } from '../../audit/index.ts';
import { sessionOf, userOf } from '../principals.ts';
import type { ProviderRow, ProvidersStore } from '../providers.store.ts';
import type { Sessions } from '../sessions.ts';
import type { Configurations } from './configurations.ts';
import { networkFailure, providerFailure } from './failures.ts';
import type { LoginsStore } from './logins.store.ts';
import { idTokenPlace } from './provider-sign-in.ts';

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';
const maxAgeSeconds = 300;
const clockToleranceSeconds = 30;

/** Signing out on both sides: ours tells the provider, the provider's tells us. */
export function createProviderLogout(deps: {
  database: Database;
  audit: Audit;
  providers: ProvidersStore;
  logins: LoginsStore;
  sessions: Sessions;
  configurations: Configurations;
  outbound: OutboundClient;
  envelopes: Envelopes;
  publicOrigin: string;
  logger: Logger;
}) {
  const { database, audit, providers, logins, sessions, configurations } = deps;
  /** By provider and address, so that a provider's keys are fetched once and again when a new one signs. */
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

  function keysOf(provider: ProviderRow, jwksUri: string) {
    const key = `${provider.id} ${provider.updated_at.getTime()} ${jwksUri}`;
    const existing = keySets.get(key);
    if (existing !== undefined) return existing;
    if (keySets.size >= 100) keySets.clear();
    const send = deps.outbound.fetchFor({ caPem: provider.ca_pem ?? undefined });
    const keys = createRemoteJWKSet(new URL(jwksUri), {
      [customFetch]: (url, options) =>
        send(url, { method: options.method, headers: options.headers, signal: options.signal }),
    });
    keySets.set(key, keys);
    return keys;
  }

  async function verified(provider: ProviderRow, token: string): Promise<JWTPayload & { jti: string; exp: number }> {
    const configuration = await configurations.of(provider);
    const jwksUri = configuration.serverMetadata().jwks_uri;
    if (jwksUri === undefined) throw invalidToken();
    const { payload } = await jwtVerify(token, keysOf(provider, jwksUri), {
      issuer: provider.issuer,
      audience: provider.client_id,
      algorithms: [provider.signing_algorithm],
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: maxAgeSeconds,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
    });
    const events = payload.events as Record<string, unknown> | null | undefined;
    const isLogout = typeof events?.[logoutEvent] === 'object';
    const isNamed = [payload.sub, payload.sid].some((value) => typeof value === 'string' && value !== '');
    // An ID token has a nonce and would pass otherwise: it must never end anybody's sessions.
    if (!isLogout || !isNamed || 'nonce' in payload) throw invalidToken();
    return payload as JWTPayload & { jti: string; exp: number };
  }

  return {
    /** Where the browser signs out at the provider that opened this session; must never keep anybody signed in here. */
    async endSessionLocation(actor: Actor): Promise<string | undefined> {
      const session = await sessions.store.idTokenOf(toUuid(sessionOf(userOf(actor.principal)).id));
      if (session === undefined) return undefined;
      try {
        const provider = await providers.find(database.pool, session.providerId);
        if (provider === undefined) return undefined;
        const configuration = await configurations.of(provider);
        if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
        const hint = deps.envelopes
          .open(idTokenPlace(toUuid(sessionOf(userOf(actor.principal)).id)), session.sealed)
          .reveal('sign out at the provider');
        return oidc.buildEndSessionUrl(configuration, {
          id_token_hint: hint,
          post_logout_redirect_uri: `${deps.publicOrigin}/sign-in`,
        }).href;
      } catch (error) {
        deps.logger.warn({ err: error }, 'the provider could not be asked where to sign out');
        return undefined;
      }
    },

    /**
     * A logout token of a provider ends the sessions that it names.
     * @throws AppError `logout_token_invalid` 400, `provider_unreachable` 503
     */
    async providerLogout(actor: Actor, providerId: string, token: string): Promise<number> {
      const provider = await providers.find(database.pool, toUuid(providerId));
      if (provider === undefined) throw notFound('This provider');
      let payload: Awaited<ReturnType<typeof verified>>;
      try {
        payload = await verified(provider, token);
      } catch (error) {
        if (networkFailure(error) !== undefined) throw providerFailure(error);
        throw error instanceof AppError && error.status === 503 ? error : invalidToken(error);
      }
      return database.transaction(async (tx) => {
        const jtiHash = createHash('sha256').update(`${provider.issuer}\n${payload.jti}`).digest();
        const keptUntil = new Date((payload.exp + maxAgeSeconds) * 1000);
        if (!(await logins.takeLogoutToken(tx, jtiHash, keptUntil))) throw invalidToken();
        const ended = await sessions.store.deleteAtProvider(tx, provider.id, {
          sid: typeof payload.sid === 'string' ? payload.sid : undefined,
          subject: payload.sub,
        });
        await audit.write(tx, actor, [
          {
            action: 'identity:self',
            target: { kind: 'provider', id: fromUuid('idp', provider.id), name: provider.name },
            changes: ended.map(({ id, userId }) => ({
              path: `sessions/${fromUuid('ses', id)}`,
              before: fromUuid('usr', userId),
            })),
          },
        ]);
        return ended.length;
      });
    },
  };
}

function invalidToken(cause?: unknown): AppError {
  return new AppError('logout_token_invalid', 400, 'This is not a valid, fresh logout token of this provider.', {
    cause,
  });
}
