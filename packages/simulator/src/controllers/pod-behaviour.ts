import type { KubeObject } from '../objects/types.ts';

/**
 * On a pod, makes it fail: `image-pull`, `crash-loop`, `out-of-memory`, `liveness` (killed by its probe again and
 * again) or `never-ready`. An image tagged `:missing` fails like `image-pull` without it. The nodes of the test control
 * planes read it too.
 */
export const failAnnotation = 'sim.quarterdeck.dev/fail';

/** On a pod, how long it runs before it fails (`3s`, `1m`). */
export const failAfterAnnotation = 'sim.quarterdeck.dev/fail-after';

/** On a pod, how long it takes to get Ready. */
export const readyAfterAnnotation = 'sim.quarterdeck.dev/ready-after';

/** On a pod that comes to an end by itself, such as one of a Job: how long it runs. */
export const runForAnnotation = 'sim.quarterdeck.dev/run-for';

/** On a pod, the name of an init container that ends with an error again and again. */
export const failInitAnnotation = 'sim.quarterdeck.dev/fail-init';

export type Ending = { reason: 'Error' | 'OOMKilled' | 'Completed'; exitCode: number; afterMs: number };

const endings: Readonly<Record<string, Omit<Ending, 'afterMs'>>> = {
  'crash-loop': { reason: 'Error', exitCode: 1 },
  liveness: { reason: 'Error', exitCode: 137 },
  'out-of-memory': { reason: 'OOMKilled', exitCode: 137 },
};

/** How the containers of a pod end, for those that do. */
export function endingOf({ metadata: { annotations = {} } }: KubeObject): Ending | undefined {
  const ending = endings[annotations[failAnnotation] ?? ''];
  return ending === undefined
    ? undefined
    : { ...ending, afterMs: milliseconds(annotations[failAfterAnnotation]) ?? 1000 };
}

export function failsBy(pod: KubeObject, mode: string): boolean {
  return pod.metadata.annotations?.[failAnnotation] === mode;
}

/** Milliseconds until a pod's work is done; `undefined` for one that serves. Pods of Jobs come to an end. */
export function runTimeOf(pod: KubeObject): number | undefined {
  const { annotations = {}, ownerReferences = [] } = pod.metadata;
  const isJob = ownerReferences.some(({ kind }) => kind === 'Job');
  return milliseconds(annotations[runForAnnotation]) ?? (isJob ? 1000 + spread(pod) * 1000 : undefined);
}

export function readyDelayOf(pod: KubeObject): number {
  return milliseconds(pod.metadata.annotations?.[readyAfterAnnotation]) ?? 300 + spread(pod) * 700;
}

/** 0 up to 1, the same for a pod every time. */
export function spread(pod: KubeObject): number {
  return Number.parseInt(pod.metadata.uid.slice(-4), 16) / 65_536;
}

function milliseconds(text: string | undefined): number | undefined {
  const match = /^(\d+)(ms|s|m)$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}
