import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type OidcPerson, type OidcServer, startOidcServer } from '../../../testing/oidc-server.ts';
import {
  claimAsOwner,
  clientOf,
  cookieOf,
  createTestApp,
  type SignedInClient,
  type TestApp,
} from '../../../testing/test-app.ts';

export const clientId = 'quarterdeck';
export const clientSecret = 'a secret of the test';
export const ann: OidcPerson = {
  sub: 'ann-1',
  name: 'Ann Example',
  preferred_username: 'ann',
  email: 'ann@example.com',
  groups: ['platform', 'oncall'],
};

/** A browser: its cookies here and at the provider. */
export type Browser = { login: string; there: Map<string, string> };

/**
 * A claimed product beside a real OpenID provider that knows it as a client, for the tests of a file. Its parts are
 * there once the tests run.
 */
export function createOidcWorld() {
  let test: TestApp;
  let owner: SignedInClient;
  let provider: OidcServer;
  let providerId = '';

  beforeAll(async () => {
    provider = await startOidcServer();
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${provider.port}`] });
    owner = await claimAsOwner(test);
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    const { draft } = (await owner.request({ method: 'GET', url: '/identity-providers' })).body as {
      draft: { id: string; redirectUris: string[] };
    };
    providerId = draft.id;
    const address = test.app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    provider.register({
      id: clientId,
      secret: clientSecret,
      redirectUris: draft.redirectUris,
      backchannelLogoutUri: `http://127.0.0.1:${port}/api/v1/auth/providers/${providerId}/logout`,
    });
  });
  afterAll(async () => {
    await test.close();
    await provider.close();
  });
  beforeEach(() => {
    provider.person = ann;
    provider.tamper = undefined;
  });

  const settings = () => ({
    name: 'Corp',
    issuer: provider.issuer,
    clientId,
    clientSecret,
    caPem: provider.caPem,
    groupsClaim: 'groups',
  });

  /** For tests that need it set up, also when they run alone. */
  async function addProvider(): Promise<void> {
    const payload = { ...settings(), id: providerId };
    const { status, body } = await owner.request({ method: 'POST', url: '/identity-providers', payload });
    if (status === 201 || body.code === 'id_taken') return;
    throw new Error(`The provider was refused: ${JSON.stringify(body)}`);
  }

  /** A sign-in up to the provider's answer. */
  async function begin(body: object = {}, at: Map<string, string> = new Map()) {
    const started = await clientOf(test.app).request({
      method: 'POST',
      url: `/auth/providers/${providerId}/start`,
      payload: body,
    });
    expect(started.status).toBe(200);
    const browser: Browser = { login: cookieOf(started.headers), there: at };
    const { location } = await provider.browse(String(started.body.location), browser.there);
    return { browser, callback: location, cookie: String(started.headers['set-cookie']) };
  }

  function providerCallback(url: string, cookie: string, headers: Record<string, string> = {}) {
    const { pathname, search } = new URL(url);
    return clientOf(test.app, cookie).request({
      method: 'GET',
      url: `${pathname.slice('/api/v1'.length)}${search}`,
      headers,
    });
  }

  /** A whole sign-in of somebody. */
  async function signIn(person: OidcPerson, body: object = {}) {
    provider.person = person;
    const begun = await begin(body);
    const answer = await providerCallback(begun.callback, begun.browser.login);
    return { ...answer, ...begun, client: clientOf(test.app, cookieOf(answer.headers, 'qd-local')) };
  }

  async function lastAudit() {
    const { rows } = await test.database.pool.query(
      'SELECT outcome, code, record FROM audit_event ORDER BY at DESC LIMIT 1',
    );
    return rows[0] as { outcome: string; code: string | null; record: { target: { name?: string } } };
  }

  return {
    get test() {
      return test;
    },
    get owner() {
      return owner;
    },
    get provider() {
      return provider;
    },
    get providerId() {
      return providerId;
    },
    settings,
    addProvider,
    begin,
    providerCallback,
    signIn,
    lastAudit,
  };
}
