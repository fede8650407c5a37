import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

/** A person at the provider: the claims of their ID token. */
export type OidcPerson = { sub: string } & Record<string, unknown>;

/** Changes an ID token on its way out, as a hostile or broken provider would. */
export type Tamper = (claims: JWTPayload, keys: { own: CryptoKey; foreign: CryptoKey }) => Promise<string>;

export type OidcServer = {
  issuer: string;
  port: number;
  caPem: string;
  /** Who signs in next, without being asked. */
  person: OidcPerson;
  tamper: Tamper | undefined;
  /** Requests to the token endpoint so far. */
  tokenRequests: number;
  /** Registers our client; the provider answers from now on. */
  register(client: { id: string; secret: string; redirectUris: string[]; backchannelLogoutUri?: string }): void;
  /** Goes where a browser would, from one address, until it is sent to another origin; `cookies` is the browser. */
  browse(url: string, cookies: Map<string, string>, form?: string): Promise<{ location: string; html: string }>;
  signer: CryptoKey;
  /** A key that the provider does not publish. */
  foreignSigner: CryptoKey;
  close(): Promise<void>;
};

/** A real OIDC provider (npm `oidc-provider`) on https at a free loopback port, with an authority of its own. */
export async function startOidcServer(): Promise<OidcServer> {
  const authority = await createAuthority('identity provider');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1', 'localhost']);
  const own = await generateKeyPair('RS256', { extractable: true });
  const foreign = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(own.privateKey)), use: 'sig', alg: 'RS256', kid: 'own' };
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(404).end();
  };
  const server = createServer({ cert: certPem, key: keyPem }, (incoming, response) => handle(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `https://127.0.0.1:${port}`;

  const self: OidcServer = {
    issuer,
    port,
    caPem: authority.certPem,
    person: { sub: 'nobody' },
    tamper: undefined,
    tokenRequests: 0,
    signer: own.privateKey,
    foreignSigner: foreign.privateKey,
    register(client) {
      const provider = new Provider(issuer, configurationOf(self, client, jwk as never));
      provider.use(async (context, next) => {
        if (context.path === '/token') self.tokenRequests += 1;
        await next();
        const body = context.body as { id_token?: string } | undefined;
        if (context.path !== '/token' || body?.id_token === undefined || self.tamper === undefined) return;
        const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString()) as JWTPayload;
        context.body = {
          ...body,
          id_token: await self.tamper(claims, { own: own.privateKey, foreign: foreign.privateKey }),
        };
      });
      const answer = provider.callback();
      handle = (incoming, response) => {
        if (!String(incoming.url).startsWith('/interaction/')) return answer(incoming, response);
        // The person is known and agrees: what a sign-in form and its submit would come to.
        const result = { login: { accountId: self.person.sub, ts: Math.floor(Date.now() / 1000) } };
        provider.interactionFinished(incoming, response, result).catch(() => response.writeHead(500).end());
      };
    },
    async browse(url, cookies, form) {
      let next = { url, form };
      for (let hop = 0; hop < 12; hop += 1) {
        const answer = await send(next.url, cookies, next.form, authority.certPem);
        if (answer.location === undefined) return { location: next.url, html: answer.html };
        const location = new URL(answer.location, next.url).href;
        if (!location.startsWith(issuer)) return { location, html: '' };
        next = { url: location, form: undefined };
      }
      throw new Error('The provider redirects for ever.');
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

function configurationOf(
  self: OidcServer,
  client: Parameters<OidcServer['register']>[0],
  jwk: NonNullable<Configuration['jwks']>['keys'][number],
): Configuration {
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: ['http://localhost:8080/sign-in'],
        ...(client.backchannelLogoutUri === undefined
          ? {}
          : { backchannel_logout_uri: client.backchannelLogoutUri, backchannel_logout_session_required: true }),
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['test'] },
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'sid', 'auth_time'],
      profile: ['name', 'preferred_username', 'groups'],
      email: ['email'],
    },
    scopes: ['openid', 'profile', 'email'],
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
    },
    // Its own guard refuses loopback, where our server is in tests.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...self.person, sub }) }),
    // Consent is given once and for all.
    async loadExistingGrant(context) {
      const { Grant } = context.oidc.provider;
      const grant = new Grant({
        clientId: context.oidc.client?.clientId ?? '',
        accountId: context.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, IdToken: 600, AccessToken: 600, AuthorizationCode: 60 },
  };
}

/** One request with the cookies of the browser, redirects not followed. */
function send(
  url: string,
  cookies: Map<string, string>,
  form: string | undefined,
  ca: string,
): Promise<{ location: string | undefined; html: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        ca,
        agent: false,
        method: form === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'text/html',
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
      },
      (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split(/=(.*)/s, 2);
          if (value === '') cookies.delete(name);
          else cookies.set(name, value);
        }
        let html = '';
        answer.setEncoding('utf8').on('data', (text) => {
          html += text;
        });
        answer.on('end', () => resolve({ location: answer.headers.location, html }));
      },
    );
    asked.on('error', reject);
    asked.end(form);
  });
}

/** Signs claims as the provider would. */
export function signed(claims: JWTPayload, key: CryptoKey | Uint8Array, alg = 'RS256', kid = 'own'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
}
