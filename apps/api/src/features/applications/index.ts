export { applicationsRoutes } from './applications.routes.ts';
export {
  type Applications,
  createApplications,
  type EnvironmentChoice,
} from './applications.service.ts';
export {
  type ApplicationRecord,
  type ApplicationsStore,
  createApplicationsStore,
  type TargetRecord,
} from './applications.store.ts';
export {
  type DeliveryPlace,
  type DeliveryPlaceRow,
  placeColumns,
  placeJoins,
  placeOf,
  toDeliveryPlace,
} from './delivery-place.ts';
export { everythingAtOnce } from './delivery-policy.ts';
export { deliveryRulesRoutes } from './delivery-rules.routes.ts';
export { createDeliveryRulesStore } from './delivery-rules.store.ts';
export { createDeliveryRules, type DeliveryRules } from './delivery-rules.ts';
export { createDependenciesStore } from './dependencies.store.ts';
export {
  createDeclaredDependencies,
  type DeclaredDependencies,
} from './dependencies.ts';
export type { Frozen } from './freeze-window.ts';
export type { TargetFacts } from './target-facts.ts';
export { createTargetSelectorStore } from './target-selector.store.ts';
export { createTargetSelections, type TargetSelections } from './target-selector.ts';
