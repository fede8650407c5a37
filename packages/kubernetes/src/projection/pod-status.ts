import { conditionNamed, conditionsOf } from './conditions.ts';
import { caps } from './project-object.ts';
import { cpuMilli, memoryBytes } from './quantity.ts';
import type { HealthLevel } from './row.ts';
import { facts, integerOf, type Json, objectOf, objectsOf, textOf, textOrNothing } from './values.ts';

export type PodStatus = { text: string; health: HealthLevel; ready: number; desired: number; restarts: number };

/**
 * What `kubectl get pods` prints in STATUS, READY and RESTARTS.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
export function podStatus(pod: Json): PodStatus {
  const metadata = objectOf(pod.metadata);
  const spec = objectOf(pod.spec);
  const status = objectOf(pod.status);
  const conditions = conditionsOf(status);
  const phase = textOf(status.phase, 64);
  const ownReason = textOf(status.reason, 128);
  const specs = objectsOf(spec.initContainers, caps.containers);
  const init = readInit(specs, objectsOf(status.initContainerStatuses, caps.containers));
  const containers = objectsOf(status.containerStatuses, caps.containers);

  let text = ownReason !== '' ? ownReason : phase;
  if (conditionNamed(conditions, 'PodScheduled')?.reason === 'SchedulingGated') text = 'SchedulingGated';
  let { ready } = init;
  let restarts = init.restarts;
  const isPastInit = init.text === undefined || conditionNamed(conditions, 'Initialized')?.status === 'True';
  if (init.text !== undefined) text = init.text;
  if (isPastInit) {
    const main = readContainers(containers);
    restarts = init.sidecarRestarts + main.restarts;
    ready += main.ready;
    if (main.text !== undefined) text = main.text;
    // A finished container beside running ones: the pod goes on.
    if (text === 'Completed' && main.isRunning) {
      text = conditionNamed(conditions, 'Ready')?.status === 'True' ? 'Running' : 'NotReady';
    }
  }
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  if (typeof metadata.deletionTimestamp === 'string' && !isOver) {
    text = ownReason === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  const sidecars = specs.filter((container) => container.restartPolicy === 'Always').length;
  const desired = objectsOf(spec.containers, caps.containers).length + sidecars;
  if (text === '') text = 'Unknown';
  const isUnschedulable = conditionNamed(conditions, 'PodScheduled')?.reason === 'Unschedulable';
  const health = text === 'Pending' && isUnschedulable ? 'failed' : healthOf(text, phase, ready, desired, containers);
  return { text, health, ready, desired, restarts };
}

type InitReading = { text: string | undefined; ready: number; restarts: number; sidecarRestarts: number };

/** Walks the init containers up to the first that is not done; sidecars count as done once they started. */
function readInit(specs: readonly Json[], statuses: readonly Json[]): InitReading {
  const reading: InitReading = { text: undefined, ready: 0, restarts: 0, sidecarRestarts: 0 };
  const sidecars = new Set(specs.filter((spec) => spec.restartPolicy === 'Always').map((spec) => textOf(spec.name)));
  for (const [index, container] of statuses.entries()) {
    const restarts = integerOf(container.restartCount) ?? 0;
    reading.restarts += restarts;
    const isSidecar = sidecars.has(textOf(container.name));
    if (isSidecar) reading.sidecarRestarts += restarts;
    const { waiting, terminated } = stateOf(container);
    if (terminated !== undefined && integerOf(terminated.exitCode) === 0) continue;
    if (isSidecar && container.started === true) {
      if (container.ready === true) reading.ready += 1;
      continue;
    }
    const waitingReason = textOf(waiting?.reason, 128);
    if (terminated !== undefined) reading.text = `Init:${endText(terminated)}`;
    else if (waitingReason !== '' && waitingReason !== 'PodInitializing') reading.text = `Init:${waitingReason}`;
    else reading.text = `Init:${index}/${specs.length}`;
    break;
  }
  return reading;
}

function readContainers(statuses: readonly Json[]) {
  let text: string | undefined;
  let ready = 0;
  let restarts = 0;
  let isRunning = false;
  // From the last to the first, so that the first container's reason is the one shown.
  for (const container of statuses.toReversed()) {
    restarts += integerOf(container.restartCount) ?? 0;
    const { waiting, terminated, running } = stateOf(container);
    const waitingReason = textOf(waiting?.reason, 128);
    if (waitingReason !== '') text = waitingReason;
    else if (terminated !== undefined) text = endText(terminated);
    else if (container.ready === true && running !== undefined) {
      isRunning = true;
      ready += 1;
    }
  }
  return { text, ready, restarts, isRunning };
}

function stateOf(container: Json) {
  const state = objectOf(container.state);
  const part = (value: unknown) => (value === undefined || value === null ? undefined : objectOf(value));
  return { waiting: part(state.waiting), terminated: part(state.terminated), running: part(state.running) };
}

function endText(terminated: Json): string {
  const reason = textOf(terminated.reason, 128);
  if (reason !== '') return reason;
  const signal = integerOf(terminated.signal) ?? 0;
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${integerOf(terminated.exitCode) ?? 0}`;
}

const starting = new Set(['ContainerCreating', 'PodInitializing', 'Terminating']);

function healthOf(
  text: string,
  phase: string,
  ready: number,
  desired: number,
  containers: readonly Json[],
): HealthLevel {
  if (text === 'Unknown') return 'unknown';
  if (starting.has(text) || /^Init:\d+\/\d+$/.test(text)) return 'updating';
  if (text === 'Pending' || text === 'SchedulingGated') return 'waiting';
  if (phase === 'Succeeded' || text === 'Completed') return 'healthy';
  if (text === 'NotReady') return 'degraded';
  if (text !== 'Running') return 'failed';
  if (ready >= desired) return 'healthy';
  // Not started yet is on its way; started and not ready is trouble.
  return containers.some((container) => container.started === false) ? 'updating' : 'degraded';
}

/** Containers with what the diagnosis and the lists show of each. */
export function containerFacts(specs: unknown, statuses: unknown): Record<string, unknown>[] {
  const byName = new Map(objectsOf(statuses, caps.containers).map((status) => [textOf(status.name), status] as const));
  return objectsOf(specs, caps.containers).map((spec) => {
    const name = textOf(spec.name);
    const status = byName.get(name) ?? {};
    const { waiting, terminated, running } = stateOf(status);
    const last = stateOf({ state: status.lastState }).terminated;
    const resources = objectOf(spec.resources);
    return facts({
      name,
      image: textOrNothing(spec.image, 512),
      state: waiting !== undefined ? 'waiting' : terminated !== undefined ? 'terminated' : running && 'running',
      reason: textOrNothing((waiting ?? terminated)?.reason, 128),
      message: textOrNothing((waiting ?? terminated)?.message, 300),
      exitCode: integerOf(terminated?.exitCode),
      lastReason: textOrNothing(last?.reason, 128),
      lastExitCode: integerOf(last?.exitCode),
      ready: status.ready === true || undefined,
      restarts: integerOf(status.restartCount),
      requests: amounts(objectOf(resources.requests)),
      limits: amounts(objectOf(resources.limits)),
    });
  });
}

function amounts(resources: Json): Record<string, unknown> | undefined {
  const known = facts({ cpuMilli: cpuMilli(resources.cpu), memoryBytes: memoryBytes(resources.memory) });
  return Object.keys(known).length === 0 ? undefined : known;
}
