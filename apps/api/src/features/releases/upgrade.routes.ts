import { createUpgrades, previewUpgrades } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { UpgradeReleases } from './upgrade-releases.ts';

/** Each place is asked for by itself: what one may not see is not there, what one may not deploy is refused alone. */
export function upgradeRoutes({ upgradeReleases }: { upgradeReleases: UpgradeReleases }): BoundEndpoint[] {
  return [
    bind(previewUpgrades, 'any', ({ params }, { principal }) => upgradeReleases.preview(principal, params.id)),
    bind(createUpgrades, 'any', async ({ params, body }, { actor, idempotencyKey }) => ({
      items: await upgradeReleases.create(actor, params.id, body, idempotencyKey),
    })),
  ];
}
