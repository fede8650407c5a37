export { createDiagnoses, type Diagnoses } from './diagnosis.ts';
export { createLiveObjects, type LiveObjects } from './live-objects.ts';
export { mountLogFollow } from './logs.stream.ts';
export { createObjectActions, type ObjectActions } from './object-actions.ts';
export { createPodLogs, type PodLogs } from './pod-logs.ts';
export { workloadViewsRoutes } from './workload-views.routes.ts';
export { createWorkloadViews, type WorkloadViews } from './workload-views.ts';
export { workloadsRoutes } from './workloads.routes.ts';
