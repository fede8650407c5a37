import { readFleetLogs, readWorkloadLogs } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import { timeOf } from './logs/log-line.ts';
import type { SourceEntry } from './logs/merge-lines.ts';
import type { WorkloadHistory, WorkloadLogs } from './logs/workload-logs.ts';

export function workloadLogsRoutes({ workloadLogs }: { workloadLogs: WorkloadLogs }): BoundEndpoint[] {
  return [
    bind(
      readWorkloadLogs,
      ({ params: { id, namespace } }) => ({ clusterId: id, namespace }),
      async ({ params: { id, ...workload }, query }, { actor }) =>
        toAnswer(await workloadLogs.read(actor, { clusterId: id, ...workload, ...query })),
    ),
    // Each cluster's part is asked for where it is read.
    bind(readFleetLogs, 'any', async ({ params, query }, { actor }) =>
      toAnswer(await workloadLogs.read(actor, { ...params, ...query })),
    ),
  ];
}

const toAnswer = ({ lines, ...rest }: WorkloadHistory) => ({ ...rest, lines: lines.map(toLine) });

/** A line as the API speaks it. */
export function toLine({ stamp, source, text }: SourceEntry): { at?: string; source: number; text: string } {
  const at = timeOf(stamp);
  return { ...(at === undefined ? {} : { at }), source, text };
}
