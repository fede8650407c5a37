import {
  createResetLink,
  createUser,
  endUserSession,
  endUserSessions,
  getUser,
  listUserSessions,
  listUsers,
  updateUser,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Identity } from './identity.service.ts';

/** Accounts of people, for those who manage them. */
export function usersRoutes(identity: Identity): BoundEndpoint[] {
  return [
    bind(listUsers, 'fleet', async ({ query }) => identity.listUsers(query)),
    bind(getUser, 'fleet', async ({ params }) => identity.getUser(params.id)),
    bind(createUser, 'fleet', async ({ body }, { actor }) => identity.createUser(actor, body)),
    bind(updateUser, 'fleet', async ({ params, body }, { actor }) => identity.updateUser(actor, params.id, body)),
    bind(createResetLink, 'fleet', async ({ params, body }, { actor }) =>
      identity.createResetLink(actor, params.id, body.secondFactorToo),
    ),
    bind(listUserSessions, 'fleet', async ({ params }, { actor }) => {
      const items = await identity.listUserSessions(actor, params.id);
      return { items, total: items.length, totalIsExact: true };
    }),
    bind(endUserSessions, 'fleet', async ({ params }, { actor }) => ({
      ended: await identity.endUserSessions(actor, params.id),
    })),
    bind(endUserSession, 'fleet', async ({ params }, { actor }) => {
      await identity.endUserSessions(actor, params.id, params.session);
      return undefined;
    }),
  ];
}
