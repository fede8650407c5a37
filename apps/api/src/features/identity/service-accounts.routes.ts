import {
  createServiceAccount,
  createServiceAccountToken,
  deleteServiceAccount,
  listServiceAccounts,
  listServiceAccountTokens,
  revokeServiceAccountToken,
  updateServiceAccount,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { ServiceAccounts } from './service-accounts.service.ts';

export function serviceAccountsRoutes(accounts: ServiceAccounts): BoundEndpoint[] {
  const place = ({ params }: { params: { id: string } }) => accounts.placeOf(params.id);
  return [
    bind(listServiceAccounts, 'any', async ({ query }, { principal }) => accounts.list(principal, query)),
    bind(
      createServiceAccount,
      ({ body }) => (body.projectId === undefined ? 'fleet' : { projectId: body.projectId }),
      async ({ body }, { actor }) => accounts.create(actor, body),
    ),
    bind(updateServiceAccount, place, async ({ params, body }, { actor }) => accounts.update(actor, params.id, body)),
    bind(deleteServiceAccount, place, async ({ params }, { actor }) => {
      await accounts.remove(actor, params.id);
      return undefined;
    }),
    bind(listServiceAccountTokens, place, async ({ params, query }) => accounts.listTokens(params.id, query)),
    bind(createServiceAccountToken, place, async ({ params, body }, { actor }) =>
      accounts.createToken(actor, params.id, body),
    ),
    bind(revokeServiceAccountToken, place, async ({ params }, { actor }) => {
      await accounts.revokeToken(actor, params.id, params.token);
      return undefined;
    }),
  ];
}
