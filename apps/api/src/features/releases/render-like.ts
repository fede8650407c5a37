import { conflict } from '../../platform/errors.ts';
import type { ApplicationRecord, TargetRecord } from '../applications/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Templates } from '../templates/index.ts';
import { type Plan, planRelease } from './plan-release.ts';
import type { ReleaseRecord } from './release-rows.ts';

/**
 * What a release would have put on a target that it does not have: its template version, images and parameters.
 * @throws AppError 409 `no_template`, and what `planRelease` raises
 */
export type RenderLike = (
  release: ReleaseRecord,
  application: ApplicationRecord,
  target: TargetRecord,
) => Promise<Plan>;

export function createRenderLike({ templates, clusters }: { templates: Templates; clusters: Clusters }): RenderLike {
  return async (release, application, target) => {
    if (release.templateVersionId === undefined)
      throw conflict('no_template', `#${release.number} has no template to render.`);
    const environments = application.environments
      .filter(({ environmentId }) => environmentId === release.environmentId)
      .map((environment) => ({ ...environment, targets: [{ ...target, state: 'active' as const }] }));
    return planRelease({
      application: { ...application, environments },
      environmentId: release.environmentId,
      bundle: (await templates.load(release.templateVersionId)).bundle,
      images: release.images,
      parameters: release.parameters,
      clusters: await clusters.records(),
    });
  };
}
