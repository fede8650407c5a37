import { allContainersOf, containersOf, type Pod, stateOf } from './pod-containers.ts';

/** One container of one pod. */
export type Candidate = { uid: string; pod: string; container: string };

/** Which of a workload's pods and containers are meant; without a name all. */
export type LogFilter = { pods?: readonly string[] | undefined; containers?: readonly string[] | undefined };

/** Logs that are read together. */
export const mostSources = 100;

/** The logs that a pod has. A container that is named is meant even where it prepared the pod and is done. */
export function candidatesOf(pod: Pod, { pods = [], containers = [] }: LogFilter): Candidate[] {
  const { name = '', uid = '' } = pod.metadata ?? {};
  if (pods.length > 0 && !pods.includes(name)) return [];
  const meant =
    containers.length === 0 ? containersOf(pod) : allContainersOf(pod).filter((one) => containers.includes(one));
  return meant.map((container) => ({ uid, pod: name, container }));
}

/** The order in which sources get a place: those in trouble first, then by pod and container as they are. */
export function rankOf(pod: Pod | undefined, container: string): number {
  const state = pod === undefined ? undefined : stateOf(pod, container);
  if (state === undefined) return 3;
  if (state.kind === 'ended') return state.exitCode === 0 ? 2 : 0;
  return state.kind === 'waiting' || state.instance > 0 ? 0 : 1;
}
