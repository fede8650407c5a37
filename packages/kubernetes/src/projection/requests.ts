import { caps } from './project-object.ts';
import { cpuMilli, memoryBytes } from './quantity.ts';
import { type Json, objectOf, objectsOf } from './values.ts';

export type Requests = { cpuMilli: number | undefined; memoryBytes: number | undefined };

/**
 * What the scheduler sets aside for a pod: containers and sidecars together, or the largest init container beside the
 * sidecars started before it, plus the overhead.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
export function podRequests(spec: Json): Requests {
  const sum = (read: (resources: Json) => number | undefined): number | undefined => {
    let sidecars = 0;
    let highest = 0;
    let known = false;
    const take = (value: number | undefined): number => {
      if (value !== undefined) known = true;
      return value ?? 0;
    };
    for (const container of objectsOf(spec.initContainers, caps.containers)) {
      const request = take(read(requestsOf(container)));
      if (container.restartPolicy === 'Always') sidecars += request;
      highest = Math.max(highest, container.restartPolicy === 'Always' ? sidecars : sidecars + request);
    }
    let running = sidecars;
    for (const container of objectsOf(spec.containers, caps.containers)) running += take(read(requestsOf(container)));
    const total = Math.max(running, highest) + take(read(objectOf(spec.overhead)));
    return known ? total : undefined;
  };
  const cpu = sum((resources) => cpuMilli(resources.cpu));
  return {
    cpuMilli: cpu === undefined ? undefined : Math.min(cpu, 2_147_483_647),
    memoryBytes: sum((resources) => memoryBytes(resources.memory)),
  };
}

function requestsOf(container: Json): Json {
  return objectOf(objectOf(container.resources).requests);
}

/** Requests of all replicas of a template. */
export function templateRequests(spec: Json, replicas: number): Requests {
  const one = podRequests(objectOf(objectOf(spec.template).spec));
  return {
    cpuMilli: one.cpuMilli === undefined ? undefined : Math.min(one.cpuMilli * replicas, 2_147_483_647),
    memoryBytes:
      one.memoryBytes === undefined ? undefined : Math.min(one.memoryBytes * replicas, Number.MAX_SAFE_INTEGER),
  };
}
