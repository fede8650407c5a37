import { confirmPrune } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Applications } from '../applications/index.ts';
import type { ConfirmPrune } from './confirm-prune.ts';
import { targetsToCheck } from './release-targets.ts';
import type { Releases } from './releases.service.ts';

export function confirmPruneRoutes(deps: {
  confirmPrune: ConfirmPrune;
  releases: Releases;
  applications: Applications;
}): BoundEndpoint[] {
  const { releases, applications } = deps;
  return [
    bind(
      confirmPrune,
      async ({ params }) => {
        const { applicationId, environmentId } = await releases.record(params.id);
        return targetsToCheck(await applications.record(applicationId), environmentId);
      },
      async ({ params, body }, { actor }) => {
        await deps.confirmPrune.confirm(actor, params.id, body);
        return releases.get(params.id);
      },
    ),
  ];
}
