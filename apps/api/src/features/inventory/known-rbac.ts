import { type Asker, blind, grantsOf, type RbacPolicy, type Sight, sightOf } from '@quarterdeck/kubernetes';
import type { GroupsOver } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import { type AskedKind, type ClusterSight, joinSight, type PortalPart, type RbacTrust } from './cluster-sight.ts';
import { ageOf } from './completeness.ts';
import { rbacNumbers } from './object-rows.ts';
import type { RbacState } from './rbac.store.ts';

/** What one person's rows in a cluster follow from. */
export type KnownRbac = { groups: GroupsOver; policy: RbacPolicy; trust: RbacTrust };

const agedMs = 24 * 3_600_000;
const kindCount = Object.keys(rbacNumbers).length;

export function trustIn(cluster: ClusterRecord, state: RbacState | undefined): RbacTrust {
  const streams = state?.streams ?? [];
  if (streams.some((stream) => stream.state === 'forbidden')) return 'refused';
  if (streams.length < kindCount || streams.some((stream) => !stream.everRead)) return 'unread';
  const asOf = ageOf(cluster, streams);
  const readAt = streams[0]?.readAt;
  if (asOf !== undefined && readAt !== undefined && readAt.getTime() - asOf.getTime() > agedMs) return 'aged';
  return state?.doubt === undefined ? 'known' : 'doubted';
}

/** Rows of a kind by the portal's part and the cluster's stored RBAC. */
export function sightIn(known: KnownRbac, kind: AskedKind, part: PortalPart): ClusterSight {
  const sights = new Map<string, Sight>();
  const sightWith = (groups: readonly string[]): Sight => {
    const key = groups.join();
    const sight = sights.get(key) ?? sightOfGroups(known, kind, groups);
    sights.set(key, sight);
    return sight;
  };
  const { base, places } = known.groups;
  return joinSight(
    kind,
    part,
    sightWith(base),
    new Map([...places].map(([namespace, groups]) => [namespace, sightWith(groups)])),
  );
}

function sightOfGroups(
  { policy, trust, groups: { user } }: KnownRbac,
  kind: AskedKind,
  groups: readonly string[],
): Sight {
  const isTrusted = trust === 'known' || trust === 'doubted' || (trust === 'aged' && groups.some(isAdmins));
  const asker: Asker = { user, groups };
  return isTrusted ? sightOf(grantsOf(policy, asker), kind) : blind;
}

/** The rung admins, of the cluster or of a project in it. */
function isAdmins(group: string): boolean {
  return /^quarterdeck:(p\d+:)?admins$/.test(group);
}
