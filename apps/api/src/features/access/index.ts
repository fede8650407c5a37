export { accessRoutes } from './access.routes.ts';
export { type Access, createAccess } from './access.service.ts';
export { projectGroup } from './groups.ts';
export type { Environment, EnvironmentRule, OwnedNamespace, Project, Tier } from './project.store.ts';
export type { Projects } from './projects.service.ts';
export type { Rung } from './roles.ts';
