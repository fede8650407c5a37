import { accessEndpoints } from './access.ts';
import { applicationsEndpoints } from './applications.ts';
import { auditEndpoints } from './audit.ts';
import { chartImportsEndpoints } from './chart-imports.ts';
import { clustersEndpoints, clustersIndexView } from './clusters.ts';
import { dependenciesEndpoints } from './dependencies.ts';
import { drainsEndpoints, drainView } from './drains.ts';
import type { Endpoint, LiveView, StreamContract } from './endpoint.ts';
import { evacuationsEndpoints } from './evacuations.ts';
import { identityEndpoints } from './identity.ts';
import { inventoryEndpoints, inventoryObjectsView } from './inventory.ts';
import { manifestAppliesEndpoints } from './manifest-applies.ts';
import { objectEditsEndpoints } from './object-edits.ts';
import { parametersEndpoints } from './parameters.ts';
import { deliveriesView, pipelinesEndpoints } from './pipelines.ts';
import { compareEndpoints } from './release-compare.ts';
import { releaseDecisionEndpoints } from './release-decisions.ts';
import { driftEndpoints } from './release-drift.ts';
import { releasePruneEndpoints } from './release-prune.ts';
import { upgradesEndpoints } from './release-upgrades.ts';
import { releasesEndpoints, releaseView } from './releases.ts';
import { targetSelectorEndpoints } from './target-selector.ts';
import { templatesEndpoints } from './templates.ts';
import { tokensEndpoints } from './tokens.ts';
import { trustRulesEndpoints } from './trust-rules.ts';
import { workloadLogsEndpoints, workloadLogsStreams } from './workload-logs.ts';
import { workloadRolloutsEndpoints } from './workload-rollouts.ts';
import { workloadViewsEndpoints } from './workload-views.ts';
import { followPodLogs, workloadsEndpoints } from './workloads.ts';

/** Every endpoint of the API: read by the OpenAPI writer and by the checks. */
export const allEndpoints: readonly Endpoint[] = [
  ...auditEndpoints,
  ...identityEndpoints,
  ...tokensEndpoints,
  ...trustRulesEndpoints,
  ...accessEndpoints,
  ...clustersEndpoints,
  ...inventoryEndpoints,
  ...workloadsEndpoints,
  ...workloadRolloutsEndpoints,
  ...workloadViewsEndpoints,
  ...objectEditsEndpoints,
  ...manifestAppliesEndpoints,
  ...workloadLogsEndpoints,
  ...applicationsEndpoints,
  ...dependenciesEndpoints,
  ...targetSelectorEndpoints,
  ...templatesEndpoints,
  ...chartImportsEndpoints,
  ...parametersEndpoints,
  ...releasesEndpoints,
  ...upgradesEndpoints,
  ...driftEndpoints,
  ...evacuationsEndpoints,
  ...compareEndpoints,
  ...releaseDecisionEndpoints,
  ...releasePruneEndpoints,
  ...pipelinesEndpoints,
  ...drainsEndpoints,
];

export const allLiveViews: readonly LiveView[] = [
  clustersIndexView,
  inventoryObjectsView,
  releaseView,
  deliveriesView,
  drainView,
];
export const allStreams: readonly StreamContract[] = [followPodLogs, ...workloadLogsStreams];

/** The only endpoints below `/api/v1` that answer without a session. */
export const publicEndpoints: readonly string[] = [
  'POST /auth/setup',
  'POST /auth/sign-in',
  'POST /auth/reset',
  'GET /auth/providers',
  'POST /auth/providers/:id/start',
  'GET /auth/providers/:id/callback',
  'POST /auth/providers/:id/logout',
  'POST /auth/exchange',
  'POST /hooks/:id',
];
