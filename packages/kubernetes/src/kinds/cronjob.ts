import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, objectOf, objectsOf, textOf, textOrNothing, timeOf } from '../projection/values.ts';
import { imagesOf, managersOf } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

export const cronjobKind: WatchedKind = {
  group: 'batch',
  version: 'v1',
  resource: 'cronjobs',
  kind: 'CronJob',
  namespaced: true,
  rank: 27,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const active = objectsOf(status.active, 50);
    const lastScheduleAt = timeOf(status.lastScheduleTime);
    const lastSuccessAt = timeOf(status.lastSuccessfulTime);
    const isSuspended = spec.suspend === true;
    const images = imagesOf(objectOf(objectOf(spec.jobTemplate).spec));
    let health: HealthLevel = 'healthy';
    if (isSuspended) health = 'waiting';
    else if (active.length > 0) health = 'updating';
    // The last run is over and brought no success since.
    else if (lastScheduleAt !== undefined && (lastSuccessAt?.getTime() ?? 0) < lastScheduleAt.getTime())
      health = 'degraded';
    return {
      health,
      statusText: isSuspended ? 'Suspended' : active.length > 0 ? `${active.length} active` : 'Scheduled',
      facts: facts({
        schedule: textOrNothing(spec.schedule, 128),
        timeZone: textOrNothing(spec.timeZone, 64),
        concurrency: textOrNothing(spec.concurrencyPolicy, 32),
        suspended: isSuspended || undefined,
        active: active.map(({ name }) => textOf(name)),
        lastScheduleAt: lastScheduleAt?.toISOString(),
        lastSuccessAt: lastSuccessAt?.toISOString(),
        keepsSucceeded: integerOf(spec.successfulJobsHistoryLimit),
        keepsFailed: integerOf(spec.failedJobsHistoryLimit),
        images,
        managers: managersOf(objectOf(object.metadata)),
      }),
      words: images,
    };
  },
};
