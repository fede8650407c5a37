import type { Database } from '@quarterdeck/database';
import { subjectsOf } from '@quarterdeck/kubernetes';
import { toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Principal } from '../../platform/principal.ts';
import { type Access, type AskCluster, personUser, type Standing, type VisibleScope } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import { createSightReviews } from './access-reviews.ts';
import type { AskedKind, Extent, PortalPart } from './cluster-sight.ts';
import { type KnownRbac, sightIn, trustIn } from './known-rbac.ts';
import type { RbacStore } from './rbac.store.ts';
import { type Reach, wholeReach } from './reach.ts';
import { reachOf } from './reach-of.ts';

export type Seen = { reach: Reach; extents: ReadonlyMap<number, Extent> };

export interface AccessSets {
  /** Where the portal's grants let somebody read the inventory at all. */
  portal(principal: Principal): Promise<VisibleScope>;
  /** What somebody sees of a kind in these clusters. `isFleet`: they are all there are. */
  of(principal: Principal, kind: AskedKind, asked: readonly ClusterRecord[], isFleet: boolean): Promise<Seen>;
  /** Tells of a cluster whose RBAC changed; without a number anybody may see other rows than before. */
  onChange(handler: (clusterNo?: number) => void): () => void;
  close(): void;
}

type Person = {
  standing: Standing;
  goodUntil: number;
  portal: Promise<VisibleScope>;
  clusters: Map<number, Promise<KnownRbac>>;
  seen: Map<string, Promise<Seen>>;
};

/** RBAC of a cluster is trusted so long without a look at its revision: a lost notification costs no more. */
const trustMs = 1500;
/** Clusters age: nothing is remembered longer. */
const keepMs = 30_000;
/** Of a cluster in doubt: what was not answered in time is asked for again after this. */
const doubtedMs = 5000;
const maxPeople = 500;
/** A burst of changes in a cluster is told this often. */
const tellMs = 500;
const maxSeen = 500;

/**
 * Who sees which rows: the portal's grants joined with each cluster's Roles and bindings. Copies live in the process; a
 * change of a cluster's RBAC drops what followed from it, a change of grants all of a person.
 */
export function createAccessSets(deps: {
  database: Database;
  access: Pick<Access, 'visibleScope' | 'groupsOver' | 'standing'>;
  rbac: RbacStore;
  ask: AskCluster;
}): AccessSets {
  const { database, access, rbac } = deps;
  const reviews = createSightReviews({ rbac, ask: deps.ask });
  const people = new Map<string, Person>();
  const handlers = new Set<(clusterNo?: number) => void>();
  const revisions = new Map<number, string>();
  const bursts = new Map<number, { again: boolean }>();
  let trustedUntil = 0;
  let confirming: Promise<void> | undefined;

  function tell(clusterNo?: number): void {
    for (const handler of handlers) handler(clusterNo);
  }

  /** At once, and once more at the end of a burst. */
  function tellOf(clusterNo: number): void {
    const burst = bursts.get(clusterNo);
    if (burst !== undefined) {
      burst.again = true;
      return;
    }
    const next = { again: false };
    bursts.set(clusterNo, next);
    setTimeout(() => {
      bursts.delete(clusterNo);
      if (next.again) tellOf(clusterNo);
    }, tellMs).unref();
    tell(clusterNo);
  }

  function dropCluster(clusterNo: number): void {
    for (const person of people.values()) {
      person.clusters.delete(clusterNo);
      person.seen.clear();
    }
    tellOf(clusterNo);
  }

  /** Those that nobody asked for lately; all, where all are fresh. */
  function forgetPeople(): void {
    const now = performance.now();
    for (const [key, { goodUntil }] of people) if (goodUntil < now) people.delete(key);
    if (people.size >= maxPeople) people.clear();
  }

  function learn(clusterNo: number, rev: string): void {
    const before = revisions.get(clusterNo);
    if (before !== undefined && BigInt(before) >= BigInt(rev)) return;
    revisions.set(clusterNo, rev);
    dropCluster(clusterNo);
  }

  async function confirm(): Promise<void> {
    if (performance.now() < trustedUntil) return;
    confirming ??= (async () => {
      const asked = performance.now();
      for (const [clusterNo, rev] of await rbac.revisions()) learn(clusterNo, rev);
      trustedUntil = asked + trustMs;
    })().finally(() => {
      confirming = undefined;
    });
    return confirming;
  }

  const stops = [
    database.listen('quarterdeck_inventory', (payload) => {
      const told = payload === undefined ? undefined : parse(payload);
      if (told !== undefined) learn(told.cluster, told.rbac);
      // After a gap anything may have changed.
      else if (payload === undefined) trustedUntil = 0;
    }),
    // Groups change with grants, although the places a person reads may stay the same.
    database.listen('quarterdeck_access', () => tell()),
  ];
  const look = setInterval(() => {
    if (handlers.size > 0) void confirm().catch(() => {});
  }, trustMs);
  const aging = setInterval(() => tell(), keepMs);
  look.unref();
  aging.unref();

  async function personOf(principal: AccountPrincipal): Promise<Person> {
    const standing = await access.standing(principal);
    const key = keyOf(principal);
    const kept = people.get(key);
    const isSame = kept?.standing.rights === standing.rights && kept.standing.terrain === standing.terrain;
    if (kept !== undefined && isSame && performance.now() < kept.goodUntil) return kept;
    if (people.size >= maxPeople) forgetPeople();
    const person: Person = {
      standing,
      goodUntil: Math.min(performance.now() + keepMs, standing.until),
      portal: access.visibleScope(principal, 'inventory:read'),
      clusters: new Map(),
      seen: new Map(),
    };
    person.portal.catch(() => {
      if (people.get(key) === person) people.delete(key);
    });
    people.set(key, person);
    return person;
  }

  /** Bindings that mean somebody, of the clusters not asked yet in one question. */
  function load(principal: AccountPrincipal, person: Person, records: readonly ClusterRecord[]): void {
    const missing = records.filter((cluster) => !person.clusters.has(cluster.number));
    if (missing.length === 0) return;
    const all = (async () => {
      const groups = await Promise.all(missing.map((cluster) => access.groupsOver(principal, cluster.id)));
      const subjects = new Set(
        groups.flatMap(({ user, base, places }) => [
          ...subjectsOf({ user, groups: [...base, ...[...places.values()].flat()] }),
        ]),
      );
      const numbers = missing.map((cluster) => cluster.number);
      const [states, policies] = await Promise.all([rbac.states(numbers), rbac.policies(numbers, [...subjects])]);
      return new Map(
        missing.map((cluster, index) => {
          const state = states.get(cluster.number);
          return [
            cluster.number,
            {
              groups: groups[index] ?? { user: personUser, base: [], places: new Map() },
              policy: policies.get(cluster.number) ?? [],
              trust: trustIn(cluster, state),
            },
          ];
        }),
      );
    })();
    for (const { number } of missing) {
      const known = all.then((loaded) => loaded.get(number) as KnownRbac);
      person.clusters.set(number, known);
      known.catch(() => {
        if (person.clusters.get(number) === known) person.clusters.delete(number);
      });
    }
  }

  async function see(
    principal: AccountPrincipal,
    person: Person,
    kind: AskedKind,
    asked: readonly ClusterRecord[],
    isFleet: boolean,
  ): Promise<Seen> {
    const partOf = portalParts(await person.portal);
    const parts = asked.flatMap((cluster) => {
      const part = partOf(cluster);
      return part === undefined ? [] : [{ cluster, part }];
    });
    load(
      principal,
      person,
      parts.map(({ cluster }) => cluster),
    );
    const sights = await Promise.all(
      parts.map(async ({ cluster, part }) => {
        const known = await (person.clusters.get(cluster.number) as Promise<KnownRbac>);
        const byRbac = sightIn(known, kind, part);
        const sight =
          known.trust === 'doubted' ? await reviews.narrow({ principal, cluster, known, kind, byRbac }) : byRbac;
        return { clusterNo: cluster.number, sight, trust: known.trust };
      }),
    );
    const isAll = isFleet && sights.length === asked.length && sights.every(({ sight }) => sight.whole);
    return {
      reach: isAll ? wholeReach([], true) : await reachOf(rbac, kind, sights),
      extents: new Map(sights.map(({ clusterNo, sight, trust }) => [clusterNo, { extent: sight.extent, trust }])),
    };
  }

  return {
    async portal(principal) {
      return principal.kind === 'system'
        ? access.visibleScope(principal, 'inventory:read')
        : (await personOf(principal)).portal;
    },
    async of(principal, kind, asked, isFleet) {
      if (principal.kind === 'system') {
        // The product's own work is nobody in a cluster: its permission decides.
        const { fleet } = await access.visibleScope(principal, 'inventory:read');
        const numbers = fleet ? asked.map((cluster) => cluster.number) : [];
        return { reach: wholeReach(numbers, fleet && isFleet), extents: new Map() };
      }
      await confirm();
      const person = await personOf(principal);
      const key = `${kind.id} ${isFleet ? 'fleet' : ''} ${asked.map((cluster) => cluster.number).join()}`;
      const kept = person.seen.get(key);
      if (kept !== undefined) return kept;
      if (person.seen.size >= maxSeen) person.seen.clear();
      const seen = see(principal, person, kind, asked, isFleet);
      person.seen.set(key, seen);
      const forget = () => {
        if (person.seen.get(key) === seen) person.seen.delete(key);
      };
      seen.then(({ extents }) => {
        if (![...extents.values()].some(({ trust }) => trust === 'doubted')) return;
        setTimeout(forget, doubtedMs).unref();
      }, forget);
      return seen;
    },
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    close() {
      for (const stop of stops) stop();
      clearInterval(look);
      clearInterval(aging);
    },
  };
}

/** What the grants give in a cluster; `undefined` for nothing. */
function portalParts(visible: VisibleScope): (cluster: ClusterRecord) => PortalPart | undefined {
  const whole = new Set(visible.clusters);
  const places = Map.groupBy(visible.namespaces, (place) => place.cluster);
  return ({ id }) => {
    const uuid = toUuid(id);
    if (visible.fleet || whole.has(uuid)) return 'whole';
    const namespaces = places.get(uuid);
    return namespaces === undefined ? undefined : new Set(namespaces.map((place) => place.namespace));
  };
}

/** Who somebody is for what they may see: the subjects of grants and the limits of the credential. */
function keyOf({ subjects, credential, id }: AccountPrincipal): string {
  return JSON.stringify([id, subjects, credential.kind === 'token' ? credential.limits : undefined]);
}

function parse(payload: string): { cluster: number; rbac: string } | undefined {
  try {
    const { cluster, rbac } = JSON.parse(payload) as { cluster?: unknown; rbac?: unknown };
    return typeof cluster === 'number' && rbac !== undefined ? { cluster, rbac: String(rbac) } : undefined;
  } catch {
    return undefined;
  }
}
