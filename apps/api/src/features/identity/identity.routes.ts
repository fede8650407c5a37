import {
  claimInstance,
  endMySession,
  getMe,
  listMySessions,
  listProviders,
  signIn,
  signOut,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Identity } from './identity.service.ts';
import type { SessionCookie } from './session-cookie.ts';

export function identityRoutes({ identity, cookie }: { identity: Identity; cookie: SessionCookie }): BoundEndpoint[] {
  return [
    bind(claimInstance, 'self', async ({ body }, { actor, reply }) => {
      const signedIn = await identity.claim(actor, body);
      cookie.set(reply, signedIn.cookie);
      return signedIn.me;
    }),
    bind(signIn, 'self', async ({ body }, { actor, reply }) => {
      const signedIn = await identity.signIn(actor, body);
      cookie.set(reply, signedIn.cookie);
      return signedIn.me;
    }),
    bind(listProviders, 'self', async () => ({
      claimed: await identity.isClaimed(),
      providers: [{ id: 'local', kind: 'local' as const, name: 'Name and password' }],
    })),
    bind(getMe, 'self', async (_input, { principal }) => identity.me(principal)),
    bind(signOut, 'self', async (_input, { actor, reply }) => {
      await identity.endSession(actor);
      cookie.clear(reply);
      reply.header('clear-site-data', '"cache", "cookies", "storage"');
      return undefined;
    }),
    bind(listMySessions, 'self', async (_input, { principal }) => {
      const items = await identity.listSessions(principal);
      return { items, total: items.length, totalIsExact: true };
    }),
    bind(endMySession, 'self', async ({ params }, { actor }) => {
      await identity.endSession(actor, params.id);
      return undefined;
    }),
  ];
}
