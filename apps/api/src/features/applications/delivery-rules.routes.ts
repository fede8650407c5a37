import {
  createFreezeWindow,
  deleteFreezeWindow,
  getEnvironmentDelivery,
  listFreezeWindows,
  previewFreeze,
  putEnvironmentDelivery,
  updateFreezeWindow,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { DeliveryRules } from './delivery-rules.ts';

/** Strategies of an environment, and windows in which nothing starts. */
export function deliveryRulesRoutes(rules: DeliveryRules): BoundEndpoint[] {
  return [
    bind(
      getEnvironmentDelivery,
      ({ params }) => rules.placeOf(params.id),
      async ({ params }) => rules.deliveryOf(params.id),
    ),
    bind(
      putEnvironmentDelivery,
      ({ params }) => rules.placeOf(params.id),
      async ({ params, body }, { actor }) => rules.putDelivery(actor, params.id, body),
    ),
    bind(listFreezeWindows, 'any', async (_input, { principal }) => {
      const items = await rules.listFreezes(principal);
      return { items, total: items.length, totalIsExact: true };
    }),
    bind(
      createFreezeWindow,
      ({ body }) =>
        body.environmentId !== undefined
          ? rules.placeOf(body.environmentId)
          : body.projectId === undefined
            ? 'fleet'
            : { projectId: body.projectId },
      async ({ body }, { actor }) => rules.addFreeze(actor, body),
    ),
    bind(
      updateFreezeWindow,
      ({ params }) => rules.placeOfFreeze(params.id),
      async ({ params, body }, { actor }) => rules.changeFreeze(actor, params.id, body),
    ),
    bind(previewFreeze, 'any', async ({ body }) => ({ next: rules.previewFreeze(body.recurrence) })),
    bind(
      deleteFreezeWindow,
      ({ params }) => rules.placeOfFreeze(params.id),
      async ({ params, query }, { actor }) => {
        await rules.removeFreeze(actor, params.id, query.revision);
        return undefined;
      },
    ),
  ];
}
