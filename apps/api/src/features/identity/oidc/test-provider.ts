import type { ProviderCheck } from '@quarterdeck/contracts';
import { AddressRefusedError, type OutboundClient } from '@quarterdeck/outbound';
import * as oidc from 'openid-client';
import type { Configurations, ProviderSettings } from './configurations.ts';
import { networkFailure, refusalCode } from './failures.ts';

type Draft = ProviderSettings & { scopes: readonly string[]; groups_claim: string | null };

const keyTypes: Readonly<Record<string, string>> = { RS256: 'RSA', PS256: 'RSA', ES256: 'EC', EdDSA: 'OKP' };

/**
 * Tries the settings of a provider step by step, as a sign-in would, and says what works and what to mend. What cannot
 * be tried without a person is tried with a request that must fail in the right way.
 */
export async function testProvider(
  deps: { configurations: Configurations; outbound: OutboundClient },
  draft: Draft,
  secret: string | undefined,
  redirectUri: string,
): Promise<{ checks: ProviderCheck[]; claims: string[] }> {
  let configuration: oidc.Configuration;
  try {
    configuration = await deps.configurations.discover(draft, secret ?? '');
  } catch (error) {
    return { checks: notDiscovered(error, draft), claims: [] };
  }
  const server = configuration.serverMetadata();
  const send = deps.outbound.fetchFor({ caPem: draft.ca_pem ?? undefined });
  const [keys, client, redirect] = await Promise.all([
    checkKeys(send, server, draft),
    checkClient(configuration, secret, redirectUri),
    checkRedirect(send, configuration, draft, redirectUri),
  ]);
  return {
    checks: [
      ok('address', 'Address', `${new URL(draft.issuer).host} answers, and its certificate holds.`),
      ok('discovery', 'Discovery', 'It describes itself at /.well-known/openid-configuration.'),
      checkIssuer(server, draft),
      keys,
      checkScopes(server, draft),
      client,
      redirect,
      checkLogout(server),
    ],
    claims: (server.claims_supported ?? []).filter((claim) => typeof claim === 'string').slice(0, 200),
  };
}

function notDiscovered(error: unknown, { issuer }: Draft): ProviderCheck[] {
  const network = networkFailure(error);
  if (network instanceof AddressRefusedError) {
    return [block('address', 'Address', network.message, network.remedy)];
  }
  if (network !== undefined) {
    const remedy =
      network.code === 'tls_untrusted'
        ? 'Paste the certificate of the authority that issued it, in PEM form.'
        : 'Check the issuer, the DNS, and that this server may reach it.';
    return [block('address', 'Address', network.message, remedy)];
  }
  return [
    ok('address', 'Address', `${new URL(issuer).host} answers, and its certificate holds.`),
    block(
      'discovery',
      'Discovery',
      `There is no description of this issuer at ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration.`,
      'Copy the issuer from the provider. Keycloak: https://HOST/realms/REALM. GitLab: https://HOST. Okta: https://HOST or https://HOST/oauth2/default. Entra: https://login.microsoftonline.com/TENANT/v2.0.',
    ),
  ];
}

function checkIssuer(server: oidc.ServerMetadata, { issuer }: Draft): ProviderCheck {
  if (server.issuer === issuer) return ok('issuer', 'Issuer', 'It calls itself exactly as you wrote it.');
  return block(
    'issuer',
    'Issuer',
    'It calls itself by another issuer, so no ID token of it would be taken.',
    `Write the issuer as the provider does, up to the last slash: ${cut(server.issuer)}`,
  );
}

async function checkKeys(
  send: ReturnType<OutboundClient['fetchFor']>,
  server: oidc.ServerMetadata,
  { signing_algorithm: algorithm }: Draft,
): Promise<ProviderCheck> {
  const title = 'Signing keys';
  const offered = (server.id_token_signing_alg_values_supported ?? []) as string[];
  if (offered.length > 0 && !offered.includes(algorithm)) {
    const usable = offered.filter((name) => name in keyTypes);
    return block(
      'keys',
      title,
      `It does not sign ID tokens with ${algorithm}.`,
      usable.length === 0 ? 'Turn on RS256 at the provider.' : `Choose one of: ${usable.join(', ')}.`,
    );
  }
  try {
    const answer = await send(String(server.jwks_uri), { headers: { accept: 'application/json' } });
    const { keys = [] } = (await answer.json()) as { keys?: { kty?: string; use?: string }[] };
    const count = keys.filter(({ kty, use }) => kty === keyTypes[algorithm] && use !== 'enc').length;
    if (count > 0) return ok('keys', title, `${count} ${count === 1 ? 'key' : 'keys'} for ${algorithm}.`);
    return block('keys', title, `It publishes no key for ${algorithm}.`, 'Choose the algorithm that its keys are for.');
  } catch (error) {
    return block('keys', title, `Its keys cannot be read. ${networkFailure(error)?.message ?? ''}`.trim());
  }
}

function checkScopes(server: oidc.ServerMetadata, { scopes, groups_claim: claim }: Draft): ProviderCheck {
  const title = 'Scopes and claims';
  const offered = server.scopes_supported as string[] | undefined;
  const missing = offered === undefined ? [] : scopes.filter((scope) => !offered.includes(scope));
  if (missing.length > 0) {
    return warn(
      'scopes',
      title,
      `It does not list ${missing.join(', ')}.`,
      `It lists: ${cut(offered?.join(', ') ?? '')}.`,
    );
  }
  const claims = server.claims_supported as string[] | undefined;
  if (claim !== null && claims !== undefined && !claims.includes(claim)) {
    return warn(
      'scopes',
      title,
      `It does not list the claim ${claim}.`,
      'Some providers give it all the same once it is set up for this client; it must be in the ID token.',
    );
  }
  return ok('scopes', title, claim === null ? 'All scopes are known. No groups claim is set.' : 'All are known.');
}

/** A made-up code: a provider that knows the client refuses the code, one that does not refuses the client. */
async function checkClient(
  configuration: oidc.Configuration,
  secret: string | undefined,
  redirectUri: string,
): Promise<ProviderCheck> {
  const title = 'Client id and secret';
  if (secret === undefined) return warn('client', title, 'Not tried: no secret was given.');
  try {
    await oidc.genericGrantRequest(configuration, 'authorization_code', {
      code: 'quarterdeck-test',
      redirect_uri: redirectUri,
      code_verifier: oidc.randomPKCECodeVerifier(),
    });
  } catch (error) {
    const refusal = refusalCode(error) ?? challengeCode(error);
    if (refusal === 'invalid_grant') return ok('client', title, 'The provider takes them.');
    if (refusal === 'invalid_client') {
      return block(
        'client',
        title,
        'The provider does not take them.',
        'Copy both again; the secret may have been renewed.',
      );
    }
    if (refusal === 'unauthorized_client') {
      return block(
        'client',
        title,
        'This client may not use the authorization code flow.',
        'Allow it at the provider.',
      );
    }
    return warn(
      'client',
      title,
      `Not certain: the provider answered ${networkFailure(error)?.message ?? 'something unexpected'}.`,
    );
  }
  return warn('client', title, 'The provider took a made-up code, which it must not.');
}

/** Basic authentication that fails is answered with a challenge, not with a body. */
function challengeCode(error: unknown): string | undefined {
  return error instanceof oidc.WWWAuthenticateChallengeError ? 'invalid_client' : undefined;
}

/** Asks without a person: a registered address gets the refusal sent to it, an unknown one does not. */
async function checkRedirect(
  send: ReturnType<OutboundClient['fetchFor']>,
  configuration: oidc.Configuration,
  { scopes }: Draft,
  redirectUri: string,
): Promise<ProviderCheck> {
  const title = 'Redirect address';
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: [...new Set(['openid', ...scopes])].join(' '),
    response_type: 'code',
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    prompt: 'none',
  });
  const remedy = `Register this address at the provider: ${redirectUri}`;
  try {
    const answer = await send(url.href, { headers: { accept: 'text/html' } });
    const location = answer.headers.get('location') ?? '';
    if (location.startsWith(`${redirectUri}?`)) return ok('redirect', title, 'It is registered at the provider.');
    if (answer.status === 400) return block('redirect', title, 'The provider refuses it.', remedy);
    return warn('redirect', title, 'The provider does not tell without a person.', remedy);
  } catch (error) {
    return warn('redirect', title, `Not tried. ${networkFailure(error)?.message ?? ''}`.trim(), remedy);
  }
}

function checkLogout(server: oidc.ServerMetadata): ProviderCheck {
  const title = 'Signing out';
  if (server.end_session_endpoint === undefined) {
    return warn('logout', title, 'Signing out here does not sign out there: the provider offers no address for it.');
  }
  const back = server.backchannel_logout_supported === true;
  return ok(
    'logout',
    title,
    back ? 'Both ways: from here and from the provider.' : 'From here. The provider does not tell us of its own.',
  );
}

type Id = ProviderCheck['id'];
const ok = (id: Id, title: string, detail: string): ProviderCheck => ({ id, level: 'ok', title, detail });
const warn = (id: Id, title: string, detail: string, remedy?: string): ProviderCheck => ({
  id,
  level: 'warn',
  title,
  detail,
  ...(remedy === undefined ? {} : { remedy }),
});
const block = (id: Id, title: string, detail: string, remedy?: string): ProviderCheck => ({
  ...warn(id, title, detail, remedy),
  level: 'block',
});

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}
