import type { Cluster } from '@quarterdeck/contracts';
import { type Attention, fewOf } from '../../platform/attention.ts';
import type { Scope } from '../../platform/scope.ts';
import { clusterStatus } from './cluster-status.ts';
import { t } from './clusters.messages.ts';

const day = 24 * 3_600_000;
/** A notice a month, a week and a day before a credential ends; within the week somebody must act. */
const noticeDays = 30;

/** So many in the same trouble are one row: what they share is more likely the cause than each of them. */
const alikeFrom = 3;

/** Clusters that are cut off or slow, those alike in one row, and credentials that end within a month or are not renewed. */
export function clustersAttention(
  fleet: readonly Cluster[],
  scope: Pick<Scope, 'clusters'>,
  now: number = Date.now(),
): Attention[] {
  const mine = fleet.filter(({ slug }) => scope.clusters.length === 0 || scope.clusters.includes(slug));
  const away = mine.filter(({ state }) => !['connected', 'paused', 'removing'].includes(state));
  const alike = [...Map.groupBy(away, troubleOf).values()].filter((group) => group.length >= alikeFrom);
  const told = new Set(alike.flat());
  return [...alike.map(together), ...mine.flatMap((cluster) => alone(cluster, told.has(cluster), now))];
}

function alone(cluster: Cluster, isTold: boolean, now: number): Attention[] {
  const common = { subject: cluster.slug, where: t.cluster, to: `/clusters/${cluster.slug}`, own: true };
  const { status, word } = clusterStatus(cluster);
  const needs: Attention[] = [];
  if (!isTold && !['connected', 'paused', 'removing'].includes(cluster.state)) {
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
}

/** The same for clusters whose reasons differ in figures and in their own names alone. */
function troubleOf({ state, stateReason = '', slug, server }: Cluster): string {
  const own = [server ?? '', URL.parse(server ?? '')?.host ?? '', slug].filter((text) => text !== '');
  const reason = own.reduce((text, part) => text.replaceAll(part, ''), stateReason);
  return `${state} ${reason.replaceAll(/\d[\d.,]*/g, '#')}`;
}

function together(group: readonly Cluster[]): Attention {
  const [first] = group as [Cluster];
  const { status, word } = clusterStatus(first);
  const reasons = new Set(group.map(({ stateReason }) => stateReason));
  const [reason] = reasons;
  const since = group.map(({ stateSince }) => stateSince).toSorted()[0];
  return {
    key: `clusters ${troubleOf(first)}`,
    severity: status === 'failed' ? 'failed' : 'degraded',
    subject: t.clustersOf(group.length),
    where: fewOf(group.map(({ slug }) => slug).toSorted()),
    cause: reason === undefined ? word : `${word}: ${reasons.size === 1 ? reason : t.forOne(reason, first.slug)}`,
    since,
    to: `/clusters?state=${first.state}`,
    own: true,
  };
}
