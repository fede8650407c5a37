export { accessRoutes } from './access.routes.ts';
export { type Access, type AccessPorts, createAccess, type Standing } from './access.service.ts';
export type { AskCluster, ClusterQuestion } from './cluster-question.ts';
export type { Directory, DirectoryEntry } from './directory.ts';
export { type GroupsOver, personUser, projectGroup } from './groups.ts';
export type { Environment, EnvironmentRule, OwnedNamespace, Project, Tier } from './project.store.ts';
export { checkQuota, type Projects } from './projects.service.ts';
export { isEmptyScope, tenantCondition, type VisibleScope } from './scope.ts';
