import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import * as oidc from 'openid-client';
import type { Envelopes } from '../../../platform/crypto/envelope.ts';
import { AppError, conflict, notFound } from '../../../platform/errors.ts';
import { fromUuid, toUuid } from '../../../platform/ids.ts';
import type { Actor } from '../../../platform/principal.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { Audit } from '../../audit/index.ts';
import type { createGroupsStore } from '../groups.store.ts';
import { personAtBrowser, sessionOf, toPrincipal } from '../principals.ts';
import type { ProviderRow, ProvidersStore } from '../providers.store.ts';
import type { Sessions } from '../sessions.ts';
import type { UsersStore } from '../users.store.ts';
import { readPerson } from './claims.ts';
import type { Configurations } from './configurations.ts';
import { libraryCode, providerFailure, refusalCode } from './failures.ts';
import type { LoginRow, LoginsStore } from './logins.store.ts';
import { putProviderAccount } from './provider-accounts.ts';
import { safeReturnTo } from './return-to.ts';

const stepUpSeconds = 600;
const clockToleranceMs = 60_000;

export const idTokenPlace = (sessionUuid: string) => ({
  table: 'identity_session',
  column: 'sealed_id_token',
  rowId: sessionUuid,
});

/** Paths of a provider's endpoints here, to register there. */
export const callbackPath = (providerId: string) => `/api/v1/auth/providers/${providerId}/callback`;

type Started = { location: string; loginCookie: string };

/** Sign-in, and proving oneself again, at an OIDC provider: authorization code with PKCE, state and nonce. */
export function createProviderSignIn(deps: {
  database: Database;
  audit: Audit;
  providers: ProvidersStore;
  users: UsersStore;
  groups: ReturnType<typeof createGroupsStore>;
  logins: LoginsStore;
  sessions: Sessions;
  configurations: Configurations;
  envelopes: Envelopes;
  pages: readonly string[];
  logger: Logger;
}) {
  const { database, audit, providers, logins, sessions, configurations, envelopes } = deps;

  async function enabled(providerUuid: string): Promise<ProviderRow> {
    const provider = await providers.find(database.pool, providerUuid);
    if (provider === undefined || !provider.enabled) throw notFound('This provider');
    return provider;
  }

  async function begin(
    provider: ProviderRow,
    asked: { origin: string; returnTo: string | undefined; stepUpSessionId?: string },
  ): Promise<Started> {
    const configuration = await configurations.of(provider);
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const codeVerifier = oidc.randomPKCECodeVerifier();
    const loginCookie = randomBytes(32).toString('base64url');
    await logins.insert({
      stateHash: sha256(state),
      cookieHash: sha256(loginCookie),
      providerId: provider.id,
      nonce,
      codeVerifier,
      origin: asked.origin,
      returnTo: safeReturnTo(asked.returnTo, deps.pages),
      stepUpSessionId: asked.stepUpSessionId,
    });
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: `${asked.origin}${callbackPath(fromUuid('idp', provider.id))}`,
      scope: [...new Set(['openid', ...provider.scopes])].join(' '),
      response_type: 'code',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...(asked.stepUpSessionId === undefined ? {} : { max_age: '0', prompt: 'login' }),
    });
    return { location: url.href, loginCookie };
  }

  /** Exchanges the code and checks the ID token: signature, algorithm, issuer, audience, nonce, times. */
  async function answerOf(
    provider: ProviderRow,
    login: LoginRow,
    state: string,
    query: Readonly<Record<string, string>>,
  ) {
    const configuration = await configurations.of(provider);
    const url = new URL(`${login.origin}${callbackPath(fromUuid('idp', provider.id))}`);
    url.search = new URLSearchParams(query).toString();
    const tokens = await oidc.authorizationCodeGrant(configuration, url, {
      expectedState: state,
      expectedNonce: login.nonce,
      pkceCodeVerifier: login.code_verifier,
      idTokenExpected: true,
      ...(login.step_up_session_id === null ? {} : { maxAge: stepUpSeconds }),
    });
    const claims = tokens.claims();
    if (claims === undefined || tokens.id_token === undefined) {
      throw new AppError('provider_answer_invalid', 400, 'The provider sent no ID token.');
    }
    // The library compares issuers as URLs; accounts are known by the exact text.
    if (claims.iss !== provider.issuer) {
      throw new AppError('provider_answer_invalid', 400, 'The ID token names another issuer.');
    }
    if (login.step_up_session_id !== null) assertProvedAgain(claims.auth_time, login.started_at);
    return { claims, idToken: tokens.id_token };
  }

  /** What came back is written down, and answered in our words. */
  async function refused(actor: Actor, provider: ProviderRow, error: unknown): Promise<AppError> {
    const failure = providerFailure(error);
    deps.logger.info(
      { provider: provider.id, code: failure.code, reason: refusalCode(error) ?? libraryCode(error) },
      'a sign-in at a provider failed',
    );
    await audit.record(actor, [
      {
        action: 'identity:self',
        outcome: 'failed',
        code: failure.code,
        target: { kind: 'provider', id: fromUuid('idp', provider.id), name: provider.name },
      },
    ]);
    return failure;
  }

  return {
    /** @param origin the public origin that the browser is at; it comes back there */
    async startProviderSignIn(providerId: string, asked: { origin: string; returnTo: string | undefined }) {
      return begin(await enabled(toUuid(providerId)), asked);
    },

    async startStepUp(actor: Actor, asked: { origin: string; returnTo: string | undefined }): Promise<Started> {
      const user = personAtBrowser(actor.principal);
      const row = await deps.users.findUser(database.pool, toUuid(user.id));
      if (row === undefined || row.provider_id === null) {
        throw conflict('not_managed_by_provider', 'You signed in with a password. Prove who you are with that.');
      }
      return begin(await enabled(row.provider_id), { ...asked, stepUpSessionId: toUuid(sessionOf(user).id) });
    },

    /** The browser is back from the provider: opens the session, or says why not. */
    async finishProviderSignIn(
      actor: Actor,
      providerId: string,
      query: Readonly<Record<string, string>>,
      shown: { login: string | undefined; session: string | undefined },
    ): Promise<{ location: string; cookie: string }> {
      const provider = await enabled(toUuid(providerId));
      const state = query.state ?? '';
      const login = await logins.take(sha256(state), sha256(shown.login ?? ''), provider.id);
      if (login === undefined || !login.live || shown.login === undefined) {
        throw new AppError(
          'sign_in_expired',
          400,
          'This sign-in was used, took longer than 10 minutes, or was begun in another browser. Begin again.',
        );
      }
      let answer: Awaited<ReturnType<typeof answerOf>>;
      try {
        answer = await answerOf(provider, login, state, query);
      } catch (error) {
        throw await refused(actor, provider, error);
      }
      const person = readPerson(answer.claims, provider.groups_claim);
      const opened = await database.transaction(async (tx) => {
        const { user, isNew, groupsChanged } = await putProviderAccount(tx, provider, person, deps.groups);
        if (user.disabled_at !== null) return { disabled: user } as const;
        if (login.step_up_session_id !== null) {
          // Whoever proves themself must be who the session is of, and the session must still be there.
          if (!(await sessions.store.deleteSession(tx, user.id, login.step_up_session_id))) throw anotherPerson();
        }
        const session = await sessions.open(tx, user, actor, {
          instead: shown.session,
          provider: {
            providerId: provider.id,
            providerSid: person.sid,
            seal: (sessionUuid) => envelopes.seal(idTokenPlace(sessionUuid), answer.idToken),
          },
        });
        const principal = toPrincipal(user, session.session);
        await audit.write(tx, { ...actor, principal }, [
          {
            action: 'identity:self',
            ...(person.groupsError === undefined ? {} : { code: 'groups_unreadable' }),
            target: { kind: 'session', id: sessionOf(principal).id, name: provider.name },
            changes: [
              ...(isNew ? [{ path: 'account', after: 'made at first sign-in' }] : []),
              ...(login.step_up_session_id === null ? [] : [{ path: 'steppedUp', after: true }]),
              ...(groupsChanged ? [{ path: 'groups', after: person.groups.length }] : []),
            ],
          },
        ]);
        return { disabled: undefined, cookie: session.cookie } as const;
      });
      if (opened.disabled !== undefined) {
        await audit.record(actor, [
          {
            action: 'identity:self',
            outcome: 'denied',
            code: 'account_disabled',
            target: { kind: 'account', id: fromUuid('usr', opened.disabled.id), name: opened.disabled.name },
          },
        ]);
        throw new AppError('account_disabled', 403, 'Your account here is disabled. Ask an administrator.');
      }
      return { location: login.return_to, cookie: opened.cookie };
    },
  };
}

function assertProvedAgain(authTime: unknown, startedAt: Date): void {
  if (typeof authTime === 'number' && authTime * 1000 >= startedAt.getTime() - clockToleranceMs) return;
  throw new AppError('not_reauthenticated', 400, 'The provider did not ask you to prove again who you are.');
}

function anotherPerson(): AppError {
  return new AppError('not_reauthenticated', 400, 'Somebody else signed in at the provider, or your session ended.');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
