import type { ReleaseDetail } from '@quarterdeck/contracts';
import { conflict } from '../../platform/errors.ts';
import { type Actor, systemActor } from '../../platform/principal.ts';
import type { Releases } from '../releases/index.ts';
import type { OrderKey } from './order-key.ts';

/** Where a deployment came from, as it is shown. */
export type DeploySource = { kind: string; text: string; commit?: string; ref?: string; pipelineId?: string };

export type DeployRequest = {
  applicationId: string;
  environmentId: string;
  /** References by slot; slots that are not named keep what they have. */
  images: Readonly<Record<string, string>>;
  note: string | undefined;
  source: DeploySource;
  /** No event goes backwards: `releases` refuses what is older than the newest accepted. */
  orderKey: OrderKey;
  dedupeKey: string;
};

export type ReleaseDoor = ReturnType<typeof createReleaseDoor>;

const reader = systemActor('pipelines', ['releases:read']).principal;

/** New images with the template and the parameters that the environment keeps: the one way in which this feature makes releases. */
export function createReleaseDoor(releases: Releases) {
  return {
    /** @throws AppError as `releases.create`, and 409 `never_deployed` */
    async deploy(actor: Actor, request: DeployRequest): Promise<ReleaseDetail> {
      const { applicationId, environmentId, images, note, source, orderKey, dedupeKey } = request;
      const { items } = await releases.list(reader, { applicationId, environmentId, limit: 50 });
      const newest = items.find((release) => release.kind !== 'remove');
      if (newest?.templateVersionId === undefined) {
        throw conflict(
          'never_deployed',
          'Nothing has been deployed there yet. Deploy it once in the portal: that chooses template and parameters.',
        );
      }
      const kept = Object.entries(newest.images).map(([slot, image]) => [slot, image.reference] as const);
      return releases.create(
        actor,
        {
          applicationId,
          environmentId,
          images: { ...Object.fromEntries(kept), ...images },
          note,
          source,
          orderKey,
        },
        dedupeKey,
      );
    },
  };
}
