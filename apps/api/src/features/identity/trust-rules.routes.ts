import {
  createTrustRule,
  deleteTrustRule,
  exchangeToken,
  listTrustRules,
  replaceTrustRule,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Exchange } from './exchange.service.ts';
import type { TrustRules } from './trust-rules.service.ts';

export function trustRulesRoutes({
  trustRules,
  exchange,
}: {
  trustRules: TrustRules;
  exchange: Exchange;
}): BoundEndpoint[] {
  return [
    bind(listTrustRules, 'fleet', async ({ query }) => trustRules.list(query)),
    bind(createTrustRule, 'fleet', async ({ body }, { actor }) => trustRules.create(actor, body)),
    bind(replaceTrustRule, 'fleet', async ({ params, body }, { actor }) => trustRules.replace(actor, params.id, body)),
    bind(deleteTrustRule, 'fleet', async ({ params }, { actor }) => {
      await trustRules.remove(actor, params.id);
      return undefined;
    }),
    bind(exchangeToken, 'self', async ({ body }, { actor, idempotencyKey }) =>
      exchange.exchange(actor, body.idToken, idempotencyKey),
    ),
  ];
}
