import type { ClientOutput } from '@quarterdeck/contracts';
import type { createUpgrades } from '@quarterdeck/contracts/release-upgrades';

/** What became of one environment that was to be upgraded. */
export type Outcome = ClientOutput<typeof createUpgrades>['items'][number];

/** An environment of an application, as the key of a map. */
export function placeKey({ applicationId, environmentId }: { applicationId: string; environmentId: string }): string {
  return `${applicationId} ${environmentId}`;
}
