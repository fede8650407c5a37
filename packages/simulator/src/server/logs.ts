import { ApiError, badRequest } from '../objects/api-error.ts';
import { containerOf, containerStatusOf } from '../objects/pod-containers.ts';
import { at, type KubeObject, textOf } from '../objects/types.ts';
import { linesOf, logFormatAnnotation } from './log-lines.ts';

export type LogWindow = { fromMs: number; toMs: number; tail?: number };

/** On a pod, how many moments of a minute write something: `log-rate: "6"` is one line in ten seconds; 30 unless told. */
export const logRateAnnotation = 'sim.quarterdeck.dev/log-rate';

const usualRate = 30;
const mostPerMinute = 600;

/** Milliseconds between two moments at which a container writes. */
function stepOf(pod: KubeObject): number {
  const rate = Number(pod.metadata.annotations?.[logRateAnnotation] ?? usualRate);
  return Math.round(60_000 / (rate > 0 ? Math.min(mostPerMinute, rate) : usualRate));
}

/**
 * Lines of a container between two moments: a function of (seed, pod, time), so nothing is stored and the same window
 * always shows the same lines.
 */
export function logLines(
  seed: string,
  pod: KubeObject,
  { fromMs, toMs, tail }: LogWindow,
): { at: number; text: string }[] {
  const stepMs = stepOf(pod);
  const first = Math.ceil(fromMs / stepMs);
  const last = Math.floor((toMs - 1) / stepMs);
  const from = tail === undefined ? Math.max(first, last - 5000) : Math.max(first, last - tail + 1);
  const lines: { at: number; text: string }[] = [];
  const format = pod.metadata.annotations?.[logFormatAnnotation];
  for (let step = from; step <= last; step += 1) {
    const number = hash(`${seed}/${pod.metadata.uid}/${step}`);
    for (const text of linesOf(format, number, step * stepMs)) lines.push({ at: step * stepMs, text });
  }
  return tail === undefined ? lines : lines.slice(-tail);
}

function hash(text: string): number {
  let value = 2166136261;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  return value >>> 0;
}

/**
 * The time a container's log covers; its last line is added when it ended.
 * @throws ApiError 400 as the API server answers before a container runs
 */
export function containerLife(
  pod: KubeObject,
  container: string | null,
  previous: boolean,
): { name: string; fromMs: number; toMs?: number; ending?: string } {
  const name = textOf(containerOf(pod, container).name);
  const status = containerStatusOf(pod, name);
  const last = at(status, 'lastState', 'terminated');
  const running = at(status, 'state', 'running', 'startedAt');
  if (!previous && running !== undefined) return { name, fromMs: Date.parse(String(running)) };
  const ended = at(status, 'state', 'terminated') ?? last;
  if (ended !== undefined) {
    return {
      name,
      fromMs: Date.parse(String(at(ended, 'startedAt'))),
      toMs: Date.parse(String(at(ended, 'finishedAt'))),
      ...(at(ended, 'exitCode') === 1 ? { ending: 'panic: cannot reach redis:6379: connection refused' } : {}),
    };
  }
  if (previous) throw badRequest(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
  if (at(pod, 'spec', 'nodeName') === undefined)
    throw new ApiError(400, 'BadRequest', `pod ${pod.metadata.name} does not have a host assigned`);
  const reason = textOf(at(status, 'state', 'waiting', 'reason')) || 'ContainerCreating';
  const why = reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
  throw badRequest(`container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
}
