export { applicationsRoutes } from './applications.routes.ts';
export {
  type Applications,
  createApplications,
  type EnvironmentChoice,
  type TargetFacts,
} from './applications.service.ts';
export {
  type ApplicationRecord,
  type ApplicationsStore,
  createApplicationsStore,
  type TargetRecord,
} from './applications.store.ts';
