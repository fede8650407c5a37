import { compareDrift, getApplicationDrift, listDrift, takeBack } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Applications } from '../applications/index.ts';
import type { Drift } from './drift.ts';
import { targetsToCheck } from './release-targets.ts';
import type { TakeBack } from './take-back.ts';

export function driftRoutes(deps: { drift: Drift; takeBack: TakeBack; applications: Applications }): BoundEndpoint[] {
  const { drift, applications } = deps;
  return [
    bind(getApplicationDrift, 'any', async ({ params }, { principal }) => ({
      targets: await drift.ofApplication(principal, params.id),
    })),
    bind(listDrift, 'any', async ({ query }, { principal }) => ({ items: await drift.list(principal, query) })),
    bind(
      compareDrift,
      async ({ body }) => targetsToCheck(await applications.record(body.applicationId), body.environmentId),
      async ({ body }) => ({ targets: await drift.compare(body) }),
    ),
    bind(
      takeBack,
      async ({ body }) => targetsToCheck(await applications.record(body.applicationId), body.environmentId),
      async ({ body }, { actor, idempotencyKey }) => deps.takeBack(actor, body, idempotencyKey),
    ),
  ];
}
