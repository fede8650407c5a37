import type { InventoryObject } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { useQueries } from '@tanstack/react-query';
import { type Cause, causeOf } from '../../platform/pod-cause.ts';
import { CauseNotice } from './cause-notice.tsx';
import { t } from './workloads.messages.ts';
import { diagnosisQuery, isDiagnosed } from './workloads.queries.ts';

/**
 * Why a workload does not run, each cause once with the clusters that show it: by the cluster's own answer where it
 * gives one, which also knows what no pod tells, else by what was last known of its pods.
 */
export function WorkloadCauses({
  pods,
  copies,
}: {
  pods: readonly InventoryObject[];
  copies: readonly InventoryObject[];
}) {
  const sick = copies.filter((copy) => copy.health !== 'healthy' && isDiagnosed(copy));
  const verdicts = useQueries({ queries: sick.map(diagnosisQuery) });
  const told = copies.flatMap((copy): { cluster: string; cause: Cause }[] => {
    const verdict = verdicts[sick.indexOf(copy)]?.data?.verdict;
    if (verdict !== undefined) {
      const { code, summary, evidence, nextStep } = verdict;
      return [{ cluster: copy.cluster, cause: { code, summary, evidence: evidence.join(' '), nextStep } }];
    }
    return pods
      .filter((pod) => pod.clusterId === copy.clusterId)
      .flatMap((pod) => {
        const cause = causeOf(pod);
        return cause === undefined ? [] : [{ cluster: copy.cluster, cause }];
      });
  });
  if (told.length === 0)
    return copies.every((copy) => copy.health === 'healthy') ? (
      <p>
        <StatusDot status="healthy">{t.well(copies.length)}</StatusDot>
      </p>
    ) : null;
  return [...Map.groupBy(told, ({ cause }) => cause.summary)].map(([summary, group]) => {
    const cause = group[0]?.cause;
    return cause === undefined ? null : (
      <CauseNotice key={summary} cause={cause}>
        <p className="row wrap">
          {[...new Set(group.map(({ cluster }) => cluster))].sort().map((cluster) => (
            <span key={cluster} className="badge">
              {cluster}
            </span>
          ))}
        </p>
      </CauseNotice>
    );
  });
}
