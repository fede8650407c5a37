export { releaseSource } from './release.stream.ts';
export { startReleaseLoop } from './releases.jobs.ts';
export { createReleasesReadModel } from './releases.read-model.ts';
export { releasesRoutes } from './releases.routes.ts';
export { createReleases, type Releases } from './releases.service.ts';
export { createReleasesStore, type ReleasesStore } from './releases.store.ts';
export { createRunsStore, type RunsStore } from './runs.store.ts';
export { createTargetFacts } from './target-facts.ts';
export { defaultTiming, type GateTiming } from './watch-rollout.ts';
