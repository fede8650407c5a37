import { decideTarget, deleteFieldRule, listFieldRules } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Applications } from '../applications/index.ts';
import type { Decisions } from './decisions.ts';
import { targetsToCheck } from './release-targets.ts';
import type { Releases } from './releases.service.ts';

export function decisionsRoutes(deps: {
  decisions: Decisions;
  releases: Releases;
  applications: Applications;
}): BoundEndpoint[] {
  const { decisions, releases, applications } = deps;
  return [
    bind(
      decideTarget,
      async ({ params }) => {
        const { applicationId, environmentId } = await releases.record(params.id);
        return targetsToCheck(await applications.record(applicationId), environmentId);
      },
      async ({ params, body }, { actor }) => {
        await decisions.decide(actor, params.id, params.target, body);
        return releases.get(params.id);
      },
    ),
    bind(listFieldRules, 'any', async ({ params }, { principal }) => ({
      items: await decisions.rulesOf(principal, params.id),
    })),
    bind(
      deleteFieldRule,
      async ({ params }) => {
        const { applicationId, environmentId } = await decisions.findRule(params.id);
        return targetsToCheck(await applications.record(applicationId), environmentId);
      },
      async ({ params }, { actor }) => {
        await decisions.removeRule(actor, params.id);
        return undefined;
      },
    ),
  ];
}
