import { conditionNamed, conditionsOf } from '../projection/conditions.ts';
import { templateRequests } from '../projection/requests.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, type Json, objectOf, textOrNothing, timeOf } from '../projection/values.ts';
import { imagesOf, workloadFacts } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

export const jobKind: WatchedKind = {
  group: 'batch',
  version: 'v1',
  resource: 'jobs',
  kind: 'Job',
  namespaced: true,
  rank: 26,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const statusText = textOfJob(object);
    const parallelism = integerOf(spec.parallelism) ?? 1;
    const completions = integerOf(spec.completions);
    return {
      health: healthOf(statusText),
      statusText,
      ready: integerOf(status.succeeded) ?? 0,
      desired: completions ?? 1,
      ...templateRequests(spec, parallelism),
      facts: facts({
        ...workloadFacts(object),
        completions,
        parallelism,
        active: integerOf(status.active),
        succeeded: integerOf(status.succeeded),
        failed: integerOf(status.failed),
        backoffLimit: integerOf(spec.backoffLimit),
        mode: textOrNothing(spec.completionMode, 32),
        startedAt: timeOf(status.startTime)?.toISOString(),
        completedAt: timeOf(status.completionTime)?.toISOString(),
      }),
      words: imagesOf(spec),
    };
  },
};

/** What `kubectl get jobs` prints in STATUS. */
function textOfJob(object: Json): string {
  const conditions = conditionsOf(objectOf(object.status));
  const holds = (type: string) => conditionNamed(conditions, type)?.status === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (typeof objectOf(object.metadata).deletionTimestamp === 'string') return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  if (holds('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function healthOf(statusText: string): HealthLevel {
  if (statusText === 'Complete') return 'healthy';
  if (statusText === 'Failed' || statusText === 'FailureTarget') return 'failed';
  return statusText === 'Suspended' ? 'waiting' : 'updating';
}
