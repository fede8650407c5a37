import type { Cluster } from '@quarterdeck/contracts';
import type { Attention } from '../../platform/attention.ts';
import type { Scope } from '../../platform/scope.ts';
import { clusterStatus } from './cluster-status.ts';
import { t } from './clusters.messages.ts';

const day = 24 * 3_600_000;
/** A notice a month, a week and a day before a credential ends; within the week somebody must act. */
const noticeDays = 30;

/** Clusters that are cut off, and credentials that end within a month or are not renewed. */
export function clustersAttention(
  fleet: readonly Cluster[],
  scope: Pick<Scope, 'clusters'>,
  now: number = Date.now(),
): Attention[] {
  const mine = fleet.filter(({ slug }) => scope.clusters.length === 0 || scope.clusters.includes(slug));
  return mine.flatMap((cluster) => {
    const common = { subject: cluster.slug, where: t.cluster, to: `/clusters/${cluster.slug}`, own: true };
    const { status, word } = clusterStatus(cluster);
    const needs: Attention[] = [];
    if (!['connected', 'paused', 'removing'].includes(cluster.state)) {
      needs.push({
        ...common,
        key: `cluster ${cluster.id}`,
        severity: status === 'failed' ? 'failed' : 'degraded',
        cause: cluster.stateReason === undefined ? word : `${word}: ${cluster.stateReason}`,
        since: cluster.stateSince,
      });
    }
    if (cluster.credentialRenewalError !== undefined) {
      needs.push({
        ...common,
        key: `renewal ${cluster.id}`,
        severity: 'degraded',
        cause: t.renewalFails(cluster.credentialRenewalError),
        since: undefined,
      });
    }
    if (cluster.credentialExpiresAt !== undefined && cluster.credentialRenews !== true) {
      const days = Math.floor((Date.parse(cluster.credentialExpiresAt) - now) / day);
      if (days <= noticeDays)
        needs.push({
          ...common,
          // A new key at each of the steps, so that what was snoozed at one comes back at the next.
          key: `credential ${cluster.id} ${days <= 1 ? 1 : days <= 7 ? 7 : noticeDays}`,
          severity: days <= 1 ? 'failed' : 'degraded',
          cause: t.credentialEnds(days),
          since: undefined,
        });
    }
    return needs;
  });
}
