import {
  addGroupMember,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  removeGroupMember,
  renameGroup,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Identity } from './identity.service.ts';

export function groupsRoutes(identity: Identity): BoundEndpoint[] {
  return [
    bind(listGroups, 'fleet', async ({ query }) => identity.listGroups(query)),
    bind(getGroup, 'fleet', async ({ params }) => identity.getGroup(params.id)),
    bind(createGroup, 'fleet', async ({ body }, { actor }) => identity.createGroup(actor, body)),
    bind(renameGroup, 'fleet', async ({ params, body }, { actor }) =>
      identity.renameGroup(actor, params.id, body.name),
    ),
    bind(deleteGroup, 'fleet', async ({ params }, { actor }) => {
      await identity.deleteGroup(actor, params.id);
      return undefined;
    }),
    bind(addGroupMember, 'fleet', async ({ params }, { actor }) => {
      await identity.addMember(actor, params.id, params.user);
      return undefined;
    }),
    bind(removeGroupMember, 'fleet', async ({ params }, { actor }) => {
      await identity.removeMember(actor, params.id, params.user);
      return undefined;
    }),
  ];
}
