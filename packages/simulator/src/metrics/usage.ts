import { quantity } from '../objects/quantity.ts';
import { at, type KubeObject, listOf } from '../objects/types.ts';

const dayMs = 86_400_000;
const stepMs = 60_000;
/** People are awake here: China is eight hours ahead. */
const zoneMs = 8 * 3_600_000;

/** What a container without a request uses, in cores and bytes. */
const small = { cpu: 0.05, memory: 64 * 2 ** 20 };

/** How much traffic there is, of the most there ever is: by day, night and weekend. */
export function traffic(timeMs: number): number {
  const local = new Date(timeMs + zoneMs);
  const hour = (local.getTime() % dayMs) / 3_600_000;
  // Highest at nine in the evening, lowest at nine in the morning's opposite, a quarter left.
  const byHour = 0.6 + 0.4 * Math.cos(((hour - 21) / 24) * 2 * Math.PI);
  const isWeekend = local.getUTCDay() === 0 || local.getUTCDay() === 6;
  return byHour * (isWeekend ? 1 : 0.85);
}

/** CPU of one container in cores: a function of pod and time, nothing is stored. */
export function cpuOfContainer(pod: KubeObject, index: number, timeMs: number): number {
  const container = listOf(at(pod, 'spec', 'containers'))[index];
  const requested = quantity(at(container, 'resources', 'requests', 'cpu')) || small.cpu;
  const limit = quantity(at(container, 'resources', 'limits', 'cpu')) || requested * 4;
  return Math.min(limit, requested * (0.15 + 0.7 * traffic(timeMs)) * (0.85 + 0.3 * noise(pod, index, timeMs)));
}

/** Memory of one container in bytes: it creeps up, and is never above its limit. */
export function memoryOfContainer(pod: KubeObject, index: number, timeMs: number): number {
  const container = listOf(at(pod, 'spec', 'containers'))[index];
  const requested = quantity(at(container, 'resources', 'requests', 'memory')) || small.memory;
  const limit = quantity(at(container, 'resources', 'limits', 'memory')) || requested * 2;
  const ageMs = Math.max(0, timeMs - Date.parse(pod.metadata.creationTimestamp));
  const grown = Math.min(0.15, (ageMs / dayMs) * 0.05);
  return Math.round(Math.min(limit * 0.98, requested * (0.55 + grown + 0.2 * noise(pod, index, timeMs))));
}

/** CPU of a pod in cores. */
export function cpuOf(pod: KubeObject, timeMs: number): number {
  return listOf(at(pod, 'spec', 'containers')).reduce((sum, _, index) => sum + cpuOfContainer(pod, index, timeMs), 0);
}

/** 0 up to 1, the same for a pod's container in the same minute. */
function noise({ metadata }: KubeObject, index: number, timeMs: number): number {
  let value = 2166136261;
  for (const character of `${metadata.uid}/${index}/${Math.floor(timeMs / stepMs)}`)
    value = Math.imul(value ^ character.charCodeAt(0), 16777619);
  return (value >>> 0) / 2 ** 32;
}
