import {
  archiveProject,
  checkAccess,
  createEnvironment,
  createGrant,
  createProject,
  createRole,
  deleteRole,
  explainAccess,
  getProject,
  highestRung,
  listEnvironments,
  listGrants,
  listProjects,
  listRoles,
  listSubjects,
  orderEnvironments,
  previewGrant,
  restoreProject,
  reviewAccess,
  revokeGrant,
  updateEnvironment,
  updateGrant,
  updateProject,
  updateRole,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Access } from './access.service.ts';
import { targetOfScope } from './granting-rules.ts';
import type { Environment, Project } from './project.store.ts';
import type { RoleRecord } from './roles.store.ts';

export function accessRoutes(access: Access): BoundEndpoint[] {
  return [...projectRoutes(access), ...grantRoutes(access), ...questionRoutes(access)];
}

function projectRoutes({ projects }: Access): BoundEndpoint[] {
  const one = ({ params }: { params: { id: string } }) => ({ projectId: params.id });
  return [
    bind(listProjects, 'any', async ({ query: { archived, q } }, { principal }) =>
      whole((await projects.list(principal, { archived: archived === 'true', q })).map(toProjectView)),
    ),
    bind(getProject, 'any', async ({ params }, { principal }) =>
      toProjectView(await projects.read(principal, params.id)),
    ),
    bind(createProject, 'fleet', async ({ body }, { actor }) =>
      toProjectView(await projects.create(actor, defined(body))),
    ),
    bind(updateProject, one, async ({ params, body }, { actor }) =>
      toProjectView(await projects.update(actor, params.id, defined(body))),
    ),
    bind(archiveProject, one, async ({ params }, { actor }) =>
      toProjectView(await projects.archive(actor, params.id, true)),
    ),
    bind(restoreProject, one, async ({ params }, { actor }) =>
      toProjectView(await projects.archive(actor, params.id, false)),
    ),
    bind(listEnvironments, 'any', async ({ params }, { principal }) =>
      whole((await projects.listEnvironments(principal, params.id)).map(toEnvironmentView)),
    ),
    bind(createEnvironment, one, async ({ params, body }, { actor }) =>
      toEnvironmentView(await projects.createEnvironment(actor, { projectId: params.id, ...body })),
    ),
    bind(orderEnvironments, one, async ({ params, body }, { actor }) =>
      whole((await projects.orderEnvironments(actor, { projectId: params.id, ...body })).map(toEnvironmentView)),
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

function grantRoutes({ roles, grants }: Access): BoundEndpoint[] {
  const one = ({ params }: { params: { id: string } }) => grants.targetOf(params.id);
  return [
    bind(listRoles, 'any', async () => whole((await roles.list()).map(toRoleView))),
    bind(createRole, 'fleet', async ({ body }, { actor }) => toRoleView(await roles.create(actor, body))),
    bind(updateRole, 'fleet', async ({ params, body }, { actor }) =>
      toRoleView(await roles.update(actor, params.id, body)),
    ),
    bind(deleteRole, 'fleet', async ({ params }, { actor }) => {
      await roles.remove(actor, params.id);
      return undefined;
    }),
    bind(listGrants, 'any', async ({ query: { expired, ...query } }, { principal }) =>
      grants.list(principal, { ...query, ...(expired === undefined ? {} : { expired: expired === 'true' }) }),
    ),
    bind(previewGrant, 'any', async ({ body }, { actor }) => grants.preview(actor, body)),
    bind(
      createGrant,
      ({ body }) => targetOfScope(body.scope),
      async ({ body }, { actor }) => grants.create(actor, body),
    ),
    bind(updateGrant, one, async ({ params, body }, { actor }) => grants.update(actor, params.id, body.expiresAt)),
    bind(revokeGrant, one, async ({ params }, { actor }) => {
      await grants.revoke(actor, params.id);
      return undefined;
    }),
  ];
}

function questionRoutes({ questions, grants, review }: Access): BoundEndpoint[] {
  return [
    bind(listSubjects, 'any', async ({ query }, { principal }) => grants.findSubjects(principal, query.q, query.kind)),
    bind(checkAccess, 'self', async ({ body }, { principal }) => ({
      items: await questions.check(principal, body.checks),
    })),
    bind(
      explainAccess,
      ({ body: { target } }) => target,
      async ({ body }) => questions.explain(body.subject, body.permission, body.target),
    ),
    bind(reviewAccess, 'any', async ({ query }, { actor }) => review(actor, query)),
  ];
}

function whole<T>(items: T[]) {
  return { items, total: items.length, totalIsExact: true };
}

/** Without the keys whose value is `undefined`. */
function defined<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function toProjectView({ archivedAt, automationId, registries, templateSources, ...project }: Project) {
  return {
    ...project,
    registries: [...registries],
    templateSources: [...templateSources],
    ...(automationId === undefined ? {} : { automationId }),
    ...(archivedAt === undefined ? {} : { archivedAt: archivedAt.toISOString() }),
    createdAt: project.createdAt.toISOString(),
  };
}

function toEnvironmentView(environment: Environment) {
  return { ...environment, createdAt: environment.createdAt.toISOString() };
}

function toRoleView({ permissions, scopes, ...role }: RoleRecord) {
  const rung = highestRung(permissions);
  return {
    ...role,
    permissions: [...permissions],
    scopes: [...scopes],
    ...(rung === undefined ? {} : { rung }),
    createdAt: role.createdAt.toISOString(),
  };
}
