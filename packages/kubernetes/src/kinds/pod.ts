import type { KindFacts, KubeObject, ObjectHealth, WatchedKind } from './kind.ts';
import { at, condition, int, list, quantity, text } from './read.ts';

const maxContainers = 50;

/** Reasons of a waiting container that heal by themselves. */
const starting = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * The word kubectl prints for a pod: the reason of the worst container, init containers first, over the phase.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/printers/internalversion/printers.go
 */
function statusText(pod: KubeObject): string {
  const phase = text(at(pod, 'status', 'phase')) ?? 'Unknown';
  const reason = text(at(pod, 'status', 'reason'));
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  const init = initStatus(pod);
  if (init !== undefined) return init;
  const statuses = list(at(pod, 'status', 'containerStatuses')).slice(0, maxContainers);
  let word = reason ?? phase;
  let hasRunning = false;
  for (const status of statuses.toReversed()) {
    const waiting = text(at(status, 'state', 'waiting', 'reason'));
    const terminated = at(status, 'state', 'terminated');
    if (waiting !== undefined && waiting !== '') word = waiting;
    else if (terminated !== undefined) word = terminatedWord(terminated);
    else if (at(status, 'ready') === true && at(status, 'state', 'running') !== undefined) hasRunning = true;
  }
  if (word === 'Completed' && hasRunning) return condition(pod, 'Ready')?.status === 'True' ? 'Running' : 'NotReady';
  return word;
}

function terminatedWord(terminated: unknown): string {
  const reason = text(at(terminated, 'reason'));
  if (reason !== undefined && reason !== '') return reason;
  const signal = int(at(terminated, 'signal'));
  return signal !== undefined && signal !== 0 ? `Signal:${signal}` : `ExitCode:${int(at(terminated, 'exitCode')) ?? 0}`;
}

function initStatus(pod: KubeObject): string | undefined {
  const specs = list(at(pod, 'spec', 'initContainers')).slice(0, maxContainers);
  const statuses = list(at(pod, 'status', 'initContainerStatuses')).slice(0, maxContainers);
  for (const [index, status] of statuses.entries()) {
    const restartable = at(specs[index], 'restartPolicy') === 'Always';
    const terminated = at(status, 'state', 'terminated');
    if (terminated !== undefined && int(at(terminated, 'exitCode')) === 0) continue;
    if (restartable && at(status, 'started') === true) continue;
    if (terminated !== undefined) return `Init:${terminatedWord(terminated)}`;
    const waiting = text(at(status, 'state', 'waiting', 'reason'));
    if (waiting !== undefined && waiting !== '' && !starting.has(waiting)) return `Init:${waiting}`;
    return `Init:${index}/${specs.length}`;
  }
  return undefined;
}

function healthOf(pod: KubeObject, word: string, ready: number, desired: number): ObjectHealth {
  const phase = text(at(pod, 'status', 'phase'));
  if (word === 'Terminating') return 'updating';
  if (phase === 'Succeeded') return 'healthy';
  if (phase === 'Failed') return 'failed';
  if (/BackOff|^Err|Error|Invalid|OOMKilled|Init:(Crash|Err|Image)|CannotRun|ExitCode|Signal/.test(word))
    return 'failed';
  if (phase === 'Pending') {
    if (condition(pod, 'PodScheduled')?.reason === 'Unschedulable') return 'failed';
    return 'updating';
  }
  if (phase === 'Running') return ready >= desired ? 'healthy' : 'updating';
  return 'unknown';
}

function requests(pod: KubeObject, resource: 'cpu' | 'memory'): number | undefined {
  let sum: number | undefined;
  for (const container of list(at(pod, 'spec', 'containers')).slice(0, maxContainers)) {
    const value = quantity(at(container, 'resources', 'requests', resource));
    if (value !== undefined) sum = (sum ?? 0) + value;
  }
  return sum;
}

function describe(pod: KubeObject): KindFacts {
  const statuses = list(at(pod, 'status', 'containerStatuses')).slice(0, maxContainers);
  const containers = list(at(pod, 'spec', 'containers')).slice(0, maxContainers);
  const ready = statuses.filter((status) => at(status, 'ready') === true).length;
  const word = statusText(pod);
  const cpu = requests(pod, 'cpu');
  const memory = requests(pod, 'memory');
  const images = containers.flatMap((container) => text(at(container, 'image')) ?? []);
  const unscheduled = condition(pod, 'PodScheduled');
  const last = statuses.map((status) => at(status, 'lastState', 'terminated')).find((entry) => entry !== undefined);
  const waiting = statuses
    .map((status) => text(at(status, 'state', 'waiting', 'message')))
    .find((message) => message !== undefined);
  return {
    health: healthOf(pod, word, ready, containers.length),
    statusText: word,
    ready,
    desired: containers.length,
    restarts: statuses.reduce<number>((sum, status) => sum + (int(at(status, 'restartCount')) ?? 0), 0),
    node: text(at(pod, 'spec', 'nodeName')),
    cpuMilli: cpu === undefined ? undefined : Math.round(cpu * 1000),
    memoryBytes: memory === undefined ? undefined : Math.round(memory),
    facts: {
      images,
      containers: containers.flatMap((container) => text(at(container, 'name')) ?? []),
      ip: text(at(pod, 'status', 'podIP')),
      phase: text(at(pod, 'status', 'phase')),
      ...(unscheduled?.status === 'False'
        ? { message: unscheduled.message }
        : waiting === undefined
          ? {}
          : { message: waiting.slice(0, 500) }),
      ...(last === undefined
        ? {}
        : { lastExit: { reason: text(at(last, 'reason')), exitCode: int(at(last, 'exitCode')) } }),
    },
    words: images,
  };
}

export const podKind: WatchedKind = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  describe,
};
