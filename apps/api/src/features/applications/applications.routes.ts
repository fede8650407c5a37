import {
  addDependency,
  createApplication,
  deleteApplication,
  getApplication,
  getDependencies,
  listApplications,
  removeDependency,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { CheckedTarget } from '../../platform/http/ports.ts';
import type { Applications } from './applications.service.ts';
import type { DeclaredDependencies } from './dependencies.ts';

export function applicationsRoutes(applications: Applications, dependencies: DeclaredDependencies): BoundEndpoint[] {
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
