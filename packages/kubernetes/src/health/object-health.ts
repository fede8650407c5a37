import { at, int, list, text } from './json.ts';

export type ObjectHealth = { state: 'current' | 'in_progress' | 'failed' | 'terminating'; detail: string };

/**
 * Whether an object is what its spec asks for, and if not, what is missing. Status of an older generation counts for
 * nothing.
 */
export function objectHealth(object: unknown): ObjectHealth {
  if (at(object, 'metadata', 'deletionTimestamp') !== undefined)
    return { state: 'terminating', detail: 'It is being deleted.' };
  const generation = int(at(object, 'metadata', 'generation'));
  const observed = int(at(object, 'status', 'observedGeneration'));
  if (generation !== undefined && observed !== undefined && observed < generation)
    return progress('The controller has not seen this revision yet.');
  if (condition(object, 'Stalled')?.status === 'True')
    return { state: 'failed', detail: condition(object, 'Stalled')?.message ?? 'It is stalled.' };
  if (condition(object, 'Reconciling')?.status === 'True')
    return progress(condition(object, 'Reconciling')?.message ?? 'It is reconciling.');
  switch (at(object, 'kind')) {
    case 'Deployment':
      return deploymentHealth(object);
    case 'StatefulSet':
      return statefulSetHealth(object);
    case 'DaemonSet':
      return daemonSetHealth(object);
    case 'Job':
      return jobHealth(object);
    case 'PersistentVolumeClaim':
      return at(object, 'status', 'phase') === 'Bound' ? current('Bound.') : progress('Waiting for a volume.');
    default: {
      const ready = condition(object, 'Ready');
      return ready === undefined || ready.status === 'True'
        ? current('It exists.')
        : progress(ready.message ?? 'Not ready.');
    }
  }
}

function deploymentHealth(object: unknown): ObjectHealth {
  const desired = int(at(object, 'spec', 'replicas')) ?? 1;
  const count = (key: string) => int(at(object, 'status', key)) ?? 0;
  if (at(object, 'status', 'observedGeneration') === undefined) return progress('The controller has not seen it yet.');
  const progressing = condition(object, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return { state: 'failed', detail: progressing.message ?? 'It made no progress before its deadline.' };
  if (count('updatedReplicas') < desired)
    return progress(`${count('updatedReplicas')} of ${desired} pods are of this revision.`);
  if (count('replicas') > count('updatedReplicas'))
    return progress(`${count('replicas') - count('updatedReplicas')} old pods are still there.`);
  if (count('readyReplicas') < desired) return progress(`${count('readyReplicas')} of ${desired} pods are ready.`);
  if (count('availableReplicas') < desired)
    return progress(`${count('availableReplicas')} of ${desired} pods are available.`);
  return current(`${desired} of ${desired} pods are ready.`);
}

/** Pods below the partition keep the old revision on purpose, and with `OnDelete` all do until somebody deletes them. */
function statefulSetHealth(object: unknown): ObjectHealth {
  const desired = int(at(object, 'spec', 'replicas')) ?? 1;
  const count = (key: string) => int(at(object, 'status', key)) ?? 0;
  const ready = count('readyReplicas');
  if (ready < desired) return progress(`${ready} of ${desired} pods are ready.`);
  const revision = at(object, 'status', 'updateRevision');
  // Once all are of it, the controller counts none as updated.
  const isWhole = revision !== undefined && revision === at(object, 'status', 'currentRevision');
  const updated = isWhole ? desired : count('updatedReplicas');
  if (at(object, 'spec', 'updateStrategy', 'type') === 'OnDelete')
    return current(
      updated < desired
        ? `${ready} of ${desired} pods are ready, ${desired - updated} on the old revision until they are deleted.`
        : `${ready} of ${desired} pods are ready.`,
    );
  const wanted = Math.max(0, desired - (int(at(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')) ?? 0));
  return updated < wanted
    ? progress(`${updated} of ${wanted} pods are of this revision.`)
    : current(`${ready} of ${desired} pods are ready.`);
}

function daemonSetHealth(object: unknown): ObjectHealth {
  const count = (key: string) => int(at(object, 'status', key)) ?? 0;
  const desired = count('desiredNumberScheduled');
  const updated = count('updatedNumberScheduled');
  if (at(object, 'spec', 'updateStrategy', 'type') !== 'OnDelete' && updated < desired)
    return progress(`${updated} of ${desired} pods are of this revision.`);
  const ready = Math.min(count('numberReady'), count('numberAvailable'));
  return ready < desired
    ? progress(`${ready} of ${desired} pods are ready.`)
    : current(`${ready} of ${desired} pods are ready.`);
}

function jobHealth(object: unknown): ObjectHealth {
  const failed = condition(object, 'Failed');
  if (failed?.status === 'True') return { state: 'failed', detail: failed.message ?? 'The job failed.' };
  if (condition(object, 'Complete')?.status === 'True' || at(object, 'spec', 'suspend') === true)
    return current('Complete.');
  return progress('The job runs.');
}

function current(detail: string): ObjectHealth {
  return { state: 'current', detail };
}

function progress(detail: string): ObjectHealth {
  return { state: 'in_progress', detail };
}

export function condition(
  object: unknown,
  type: string,
): { status: string; reason?: string; message?: string } | undefined {
  const found = list(at(object, 'status', 'conditions')).find((entry) => at(entry, 'type') === type);
  const status = text(at(found, 'status'));
  if (status === undefined) return undefined;
  const reason = text(at(found, 'reason'));
  const message = text(at(found, 'message'));
  return { status, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
}
