import { AppError } from '../../../platform/errors.ts';

type Terminated = { exitCode?: number; reason?: string };
type Status = {
  name?: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string }; running?: object; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
};
type Container = { name?: string; restartPolicy?: string };

/** What its log needs to know of a pod. */
export type Pod = {
  metadata?: {
    name?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind?: string; name?: string; uid?: string; controller?: boolean }[];
  };
  spec?: {
    containers?: Container[];
    initContainers?: Container[];
    ephemeralContainers?: Container[];
    restartPolicy?: string;
  };
  status?: {
    phase?: string;
    containerStatuses?: Status[];
    initContainerStatuses?: Status[];
    ephemeralContainerStatuses?: Status[];
  };
};

/**
 * How a container stands. `instance` counts its restarts: each instance has a log of its own. `isLast`: no other comes
 * after the one that ended.
 */
export type ContainerState =
  | { kind: 'waiting'; instance: number; reason: string }
  | { kind: 'running'; instance: number }
  | { kind: 'ended'; instance: number; exitCode?: number; reason?: string; isLast: boolean };

/**
 * The container that is meant when none is named.
 * @throws AppError `logs_unavailable` the pod has none
 */
export function defaultContainerOf(pod: Pod): string {
  const chosen = pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  const name = chosen ?? pod.spec?.containers?.[0]?.name;
  if (name === undefined) throw new AppError('logs_unavailable', 409, 'This pod has no container.');
  return name;
}

/**
 * The containers whose logs are the pod's: its own, those that debug it, and of those that prepare it the ones that run
 * beside the others or have not ended well.
 */
export function containersOf(pod: Pod): string[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const telling = initContainers.filter((container) => {
    const state = stateOf(pod, container.name ?? '');
    return container.restartPolicy === 'Always' || (state?.kind === 'ended' ? state.exitCode !== 0 : hasBegun(state));
  });
  return [...containers, ...ephemeralContainers, ...telling].flatMap(({ name }) => name ?? []);
}

const hasBegun = (state: ContainerState | undefined) => state?.kind === 'running';

/** Every container of a pod, by name. */
export function allContainersOf(pod: Pod): string[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].flatMap(({ name }) => name ?? []);
}

/** How a container of a pod stands; `undefined` when the pod has no such container. */
export function stateOf(pod: Pod, container: string): ContainerState | undefined {
  if (!allContainersOf(pod).includes(container)) return undefined;
  const { phase = 'Pending', ...lists } = pod.status ?? {};
  const statuses = [lists.containerStatuses, lists.initContainerStatuses, lists.ephemeralContainerStatuses];
  const status = statuses.flatMap((list) => list ?? []).find(({ name }) => name === container);
  const instance = status?.restartCount ?? 0;
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const { running, terminated, waiting } = status?.state ?? {};
  if (running !== undefined && !isOver) return { kind: 'running', instance };
  if (terminated !== undefined) return ended(instance, terminated, isOver || !comesAgain(pod, container, terminated));
  // Between two instances the log is that of the former one.
  const last = status?.lastState?.terminated;
  if (last !== undefined) return ended(instance, last, isOver);
  if (isOver) return { kind: 'ended', instance, isLast: true };
  return { kind: 'waiting', instance, reason: wordOf(waiting?.reason) ?? 'Pending' };
}

function ended(instance: number, { exitCode, reason }: Terminated, isLast: boolean): ContainerState {
  const word = wordOf(reason);
  return {
    kind: 'ended',
    instance,
    ...(typeof exitCode === 'number' ? { exitCode } : {}),
    ...(word === undefined ? {} : { reason: word }),
    isLast,
  };
}

/** Whether the kubelet starts it once more. */
function comesAgain(pod: Pod, container: string, { exitCode }: Terminated): boolean {
  const init = pod.spec?.initContainers?.find(({ name }) => name === container);
  if (pod.spec?.ephemeralContainers?.some(({ name }) => name === container) === true) return false;
  const policy = init?.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  if (policy === 'Never') return false;
  if (init !== undefined && init.restartPolicy !== 'Always') return exitCode !== 0;
  return policy === 'Always' || exitCode !== 0;
}

/** A cluster's own words are shown only where they are a word. */
function wordOf(reason: string | undefined): string | undefined {
  return reason !== undefined && /^\w{1,60}$/.test(reason) ? reason : undefined;
}
