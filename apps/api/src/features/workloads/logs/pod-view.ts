import { type Clock, sleep } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import { type LogPlace, type PodView, readPod } from './cluster-logs.ts';
import type { Pod } from './pod-containers.ts';

/** One pod that is asked for when somebody wants to know how it stands. Another pod of its name is not this one. */
export function viewOfOne(place: LogPlace, first: Pod, { clock, pauseMs }: { clock: Clock; pauseMs: number }): PodView {
  const { name = '', uid } = first.metadata ?? {};
  let known: Pod | undefined = first;
  return {
    async look() {
      if (known !== undefined) {
        const pod = known;
        known = undefined;
        return pod;
      }
      try {
        const pod = await readPod(place, name);
        return pod.metadata?.uid === uid ? pod : undefined;
      } catch (error) {
        if (error instanceof AppError && error.code === 'pod_not_found') return undefined;
        throw error;
      }
    },
    // Whoever left is noticed by the next request.
    changed: (signal) => sleep(clock, pauseMs, signal),
  };
}
