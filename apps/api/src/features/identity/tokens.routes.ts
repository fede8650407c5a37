import {
  createMyToken,
  getCurrentToken,
  listMyTokens,
  listTokens,
  revokeMyToken,
  revokeToken,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Tokens } from './tokens.service.ts';

export function tokensRoutes(tokens: Tokens): BoundEndpoint[] {
  return [
    bind(listMyTokens, 'self', async ({ query }, { principal }) => tokens.listOfPerson(principal, query)),
    bind(createMyToken, 'self', async ({ body }, { actor }) => tokens.createPersonal(actor, body)),
    bind(revokeMyToken, 'self', async ({ params }, { actor }) => {
      await tokens.revokeOfPerson(actor, params.id);
      return undefined;
    }),
    bind(getCurrentToken, 'self', async (_input, { principal }) => tokens.current(principal)),
    bind(listTokens, 'fleet', async ({ query }) => tokens.list(undefined, query)),
    bind(revokeToken, 'fleet', async ({ params }, { actor }) => {
      await tokens.revoke(actor, { id: params.id, permission: 'identity:manage', target: 'fleet', owner: undefined });
      return undefined;
    }),
  ];
}
