import {
  changePassword,
  claimInstance,
  confirmTotp,
  endMyOtherSessions,
  endMySession,
  getMe,
  listMySessions,
  listProviders,
  providerCallback,
  providerLogout,
  removeTotp,
  renewRecoveryCodes,
  resetPassword,
  signIn,
  signOut,
  startProviderSignIn,
  startStepUp,
  startTotp,
  stepUp,
  updateMe,
} from '@quarterdeck/contracts';
import type { FastifyReply } from 'fastify';
import { type BoundEndpoint, bind, type RequestContext } from '../../platform/http/bind.ts';
import type { Identity } from './identity.service.ts';
import type { IdentityCookies } from './session-cookie.ts';
import type { Shown } from './sign-in.ts';

type Deps = { identity: Identity; cookies: IdentityCookies; config: { publicOrigins: readonly string[] } };

/** Everything before a session, and everything about the own one. */
export function identityRoutes(deps: Deps): BoundEndpoint[] {
  return [...signInRoutes(deps), ...providerSignInRoutes(deps), ...profileRoutes(deps), ...secondFactorRoutes(deps)];
}

function signInRoutes({ identity, cookies }: Deps): BoundEndpoint[] {
  return [
    bind(claimInstance, 'self', async ({ body }, { actor, reply }) => {
      const signedIn = await identity.claim(actor, body);
      cookies.session.set(reply, signedIn.cookie);
      return signedIn.me;
    }),
    bind(signIn, 'self', async ({ body }, { actor, reply }) => {
      const signedIn = await identity.signIn(actor, body, shownBy(cookies, reply));
      cookies.session.set(reply, signedIn.cookie);
      if (signedIn.device !== undefined) cookies.device.set(reply, signedIn.device);
      return signedIn.me;
    }),
    bind(resetPassword, 'self', async ({ body }, { actor }) => {
      await identity.resetPassword(actor, body);
      return undefined;
    }),
    bind(listProviders, 'self', async () => {
      const providers = await identity.listSignInProviders();
      return {
        claimed: await identity.isClaimed(),
        providers: [
          ...providers.map(({ id, name }) => ({ id, kind: 'oidc' as const, name })),
          { id: 'local', kind: 'local' as const, name: 'Name and password' },
        ],
        localIsBreakGlass: providers.length > 0,
      };
    }),
  ];
}

function providerSignInRoutes(deps: Deps): BoundEndpoint[] {
  const { identity, cookies } = deps;
  return [
    bind(startProviderSignIn, 'self', async ({ params, body }, { reply }) => {
      const asked = { origin: originOf(deps, reply), returnTo: body.returnTo };
      const started = await identity.startProviderSignIn(params.id, asked);
      cookies.login.set(reply, started.loginCookie);
      return { location: started.location };
    }),
    bind(providerCallback, 'self', async ({ params, query }, { actor, reply }) => {
      cookies.login.clear(reply);
      const shown = { login: cookies.login.read(reply.request), session: cookies.session.read(reply.request) };
      const signedIn = await identity.finishProviderSignIn(actor, params.id, query, shown);
      cookies.session.set(reply, signedIn.cookie);
      return { location: signedIn.location };
    }),
    bind(providerLogout, 'self', async ({ params, body }, { actor }) => ({
      ended: await identity.providerLogout(actor, params.id, body.logout_token),
    })),
    bind(startStepUp, 'self', async ({ body }, { actor, reply }) => {
      const started = await identity.startStepUp(actor, { origin: originOf(deps, reply), returnTo: body.returnTo });
      cookies.login.set(reply, started.loginCookie);
      return { location: started.location };
    }),
  ];
}

function profileRoutes({ identity, cookies }: Deps): BoundEndpoint[] {
  return [
    bind(getMe, 'self', async (_input, { principal }) => identity.me(principal)),
    bind(updateMe, 'self', async ({ body }, { actor }) => identity.updateMe(actor, body)),
    bind(signOut, 'self', async (_input, { actor, reply }) => {
      const location = await identity.endSessionLocation(actor);
      await identity.endSession(actor);
      cookies.session.clear(reply);
      // Not "cookies": the browser stays a known device, so that strangers cannot lock its owner out.
      reply.header('clear-site-data', '"cache", "storage"');
      return location === undefined ? {} : { location };
    }),
    bind(listMySessions, 'self', async (_input, { principal }) => whole(await identity.listSessions(principal))),
    bind(endMySession, 'self', async ({ params }, { actor }) => {
      await identity.endSession(actor, params.id);
      return undefined;
    }),
    bind(endMyOtherSessions, 'self', async (_input, { actor }) => ({ ended: await identity.endOtherSessions(actor) })),
    bind(changePassword, 'self', async ({ body }, { actor, reply }) => {
      const signedIn = await identity.changePassword(actor, body, shownBy(cookies, reply));
      cookies.session.set(reply, signedIn.cookie);
      return signedIn.me;
    }),
    bind(stepUp, 'self', async ({ body }, { actor, reply }) => {
      const signedIn = await identity.provePassword(actor, body, shownBy(cookies, reply));
      cookies.session.set(reply, signedIn.cookie);
      return signedIn.me;
    }),
  ];
}

function secondFactorRoutes({ identity }: Deps): BoundEndpoint[] {
  const { secondFactor } = identity;
  return [
    bind(startTotp, 'self', async (_input, { actor }) => secondFactor.start(actor)),
    bind(confirmTotp, 'self', async ({ body }, { actor }) => ({
      recoveryCodes: await secondFactor.confirm(actor, body.code),
    })),
    bind(renewRecoveryCodes, 'self', async (_input, { actor }) => ({
      recoveryCodes: await secondFactor.renewRecoveryCodes(actor),
    })),
    bind(removeTotp, 'self', async (_input, { actor }) => {
      await secondFactor.remove(actor);
      return undefined;
    }),
  ];
}

/** The origin that the browser is at; the edge has found it among ours. */
function originOf({ config: { publicOrigins } }: Deps, reply: FastifyReply): string {
  const { origin } = reply.request.headers;
  return origin !== undefined && publicOrigins.includes(origin) ? origin : (publicOrigins[0] ?? '');
}

function shownBy(cookies: IdentityCookies, reply: RequestContext['reply']): Shown {
  return { session: cookies.session.read(reply.request), device: cookies.device.read(reply.request) };
}

function whole<T>(items: T[]) {
  return { items, total: items.length, totalIsExact: true };
}
