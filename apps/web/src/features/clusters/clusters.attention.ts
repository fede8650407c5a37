import type { Cluster } from '@quarterdeck/contracts';
import type { Attention } from '../../platform/attention.ts';
import type { Scope } from '../../platform/scope.ts';
import { clusterStatus } from './cluster-status.ts';
import { t } from './clusters.messages.ts';

const day = 24 * 3_600_000;
const warnDays = 7;

/** Clusters that are cut off, and credentials that end within a week. */
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
    if (cluster.credentialExpiresAt !== undefined) {
      const days = Math.floor((Date.parse(cluster.credentialExpiresAt) - now) / day);
      if (days <= warnDays)
        needs.push({
          ...common,
          key: `credential ${cluster.id}`,
          severity: days < 0 ? 'failed' : 'degraded',
          cause: t.credentialEnds(days),
          since: undefined,
        });
    }
    return needs;
  });
}
