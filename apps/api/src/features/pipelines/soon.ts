import type { Notifier } from '@quarterdeck/database';

export type Soon = ReturnType<typeof createSoon>;

/** Wake-ups of this feature. One that is lost is made up for by the sweeps. */
export function createSoon(notifier: Notifier) {
  return {
    /** A loop of the workers has something to do. */
    wake: (queue: 'hook.process' | 'candidate.settle' | 'outbound.deliver', on: Notifier = notifier) =>
      on.notify('quarterdeck_jobs', JSON.stringify({ queue })),
    /** Pages that show events of the project look again. @param projectId a uuid */
    tellPages: (projectId: string) =>
      notifier.notify('quarterdeck_rows', JSON.stringify({ view: 'pipelines.deliveries', key: projectId })),
  };
}
