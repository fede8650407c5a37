import { createEnvironment, listEnvironments, listProjects, updateEnvironment } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Environment, Project } from './project.store.ts';
import type { Projects } from './projects.service.ts';

export function accessRoutes(projects: Projects): BoundEndpoint[] {
  return [
    bind(listProjects, 'any', async () => whole((await projects.list()).map(toProjectView))),
    bind(
      listEnvironments,
      ({ params }) => ({ projectId: params.id }),
      async ({ params }) => whole((await projects.listEnvironments(params.id)).map(toEnvironmentView)),
    ),
    bind(
      createEnvironment,
      ({ params }) => ({ projectId: params.id }),
      async ({ params, body }, { actor }) =>
        toEnvironmentView(await projects.createEnvironment(actor, { projectId: params.id, ...body })),
    ),
    bind(
      updateEnvironment,
      ({ params }) => ({ projectId: params.id, environmentId: params.environment }),
      async ({ params, body }, { actor }) =>
        toEnvironmentView(
          await projects.updateEnvironment(actor, { projectId: params.id, environmentId: params.environment, ...body }),
        ),
    ),
  ];
}

function whole<T>(items: T[]) {
  return { items, total: items.length, totalIsExact: true };
}

function toProjectView(project: Project) {
  return { ...project, createdAt: project.createdAt.toISOString() };
}

function toEnvironmentView(environment: Environment) {
  return { ...environment, createdAt: environment.createdAt.toISOString() };
}
