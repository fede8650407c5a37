import {
  addDependency,
  createApplication,
  deleteApplication,
  getApplication,
  getDependencies,
  getTargetSelection,
  listApplications,
  putTargetSelection,
  removeDependency,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { CheckedTarget } from '../../platform/http/ports.ts';
import type { Applications } from './applications.service.ts';
import type { DeclaredDependencies } from './dependencies.ts';
import type { TargetSelections } from './target-selector.ts';

export function applicationsRoutes({
  applications,
  dependencies,
  targetSelections,
}: {
  applications: Applications;
  dependencies: DeclaredDependencies;
  targetSelections: TargetSelections;
}): BoundEndpoint[] {
  /** The project comes from the row, never from the request. */
  async function projectOf(id: string): Promise<CheckedTarget> {
    return { projectId: (await applications.record(id)).projectId };
  }
  return [
    bind(
      createApplication,
      ({ body }) => ({ projectId: body.projectId }),
      async ({ body }, { actor }) => applications.create(actor, body),
    ),
    bind(listApplications, 'any', async ({ query: { slug, project, env, ...query } }, { principal }) =>
      applications.list(principal, { ...query, slugs: slug, projects: project, environments: env }),
    ),
    bind(getApplication, 'any', async ({ params }, { principal }) => applications.read(principal, params.id)),
    bind(
      deleteApplication,
      ({ params }) => projectOf(params.id),
      async ({ params }, { actor }) => {
        await applications.delete(actor, params.id);
        return undefined;
      },
    ),
    bind(
      getTargetSelection,
      ({ params }) => targetSelections.placeOf(params.id, params.environment),
      async ({ params }) => targetSelections.read(params.id, params.environment),
    ),
    bind(
      putTargetSelection,
      ({ params }) => targetSelections.placeOf(params.id, params.environment),
      async ({ params, body }, { actor }) => targetSelections.put(actor, params.id, params.environment, body),
    ),
    bind(getDependencies, 'any', async ({ params }, { principal }) => dependencies.read(principal, params.id)),
    bind(
      addDependency,
      ({ params }) => projectOf(params.id),
      async ({ params, body }, { actor }) => dependencies.add(actor, params.id, body.application),
    ),
    bind(
      removeDependency,
      ({ params }) => projectOf(params.id),
      async ({ params }, { actor }) => dependencies.remove(actor, params.id, params.needs),
    ),
  ];
}
