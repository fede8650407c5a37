import {
  createIdentityProvider,
  deleteIdentityProvider,
  listIdentityProviders,
  testIdentityProvider,
  updateIdentityProvider,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Identity } from './identity.service.ts';

/** Settings of OIDC providers. */
export function providersRoutes(identity: Identity): BoundEndpoint[] {
  return [
    bind(listIdentityProviders, 'fleet', async () => identity.listProviderSettings()),
    bind(createIdentityProvider, 'fleet', async ({ body }, { actor }) => identity.createProvider(actor, body)),
    bind(updateIdentityProvider, 'fleet', async ({ params, body }, { actor }) =>
      identity.updateProvider(actor, params.id, body),
    ),
    bind(deleteIdentityProvider, 'fleet', async ({ params }, { actor }) => {
      await identity.deleteProvider(actor, params.id);
      return undefined;
    }),
    bind(testIdentityProvider, 'fleet', async ({ body }) => identity.testProvider(body)),
  ];
}
