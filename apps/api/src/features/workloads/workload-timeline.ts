import {
  eventsMaxHours,
  type InventoryObject,
  timelineMaxEvents,
  type ViewedKind,
  type WorkloadTimeline,
} from '@quarterdeck/contracts';
import type { Gone, InventoryPlace } from '../inventory/index.ts';
import { type Kin, textsIn } from './workload-kin.ts';

type Told = Awaited<ReturnType<InventoryPlace['events']>>[number];

/** Letters and digits that Kubernetes makes hashes and suffixes of. */
const made = '[bcdfghjklmnpqrstvwxz2456789]';

/** What objects that are gone were called, if the workload made them: Kubernetes names them after it. */
export function goneOf(plural: ViewedKind, name: string): Gone[] {
  const own = name.replaceAll('.', '\\.');
  const pod = `${made}{5}`;
  const hash = `${made}{4,10}`;
  switch (plural) {
    case 'deployments':
      return [
        { plural: 'pods', pattern: `^Pod/${own}-${hash}-${pod}$` },
        { plural: 'replicasets', pattern: `^ReplicaSet/${own}-${hash}$` },
      ];
    case 'statefulsets':
      return [{ plural: 'pods', pattern: `^Pod/${own}-[0-9]+$` }];
    case 'cronjobs':
      return [
        { plural: 'pods', pattern: `^Pod/${own}-[0-9]+-${pod}$` },
        { plural: 'jobs', pattern: `^Job/${own}-[0-9]+$` },
      ];
    default:
      return [{ plural: 'pods', pattern: `^Pod/${own}-${pod}$` }];
  }
}

/** What happened to a workload and to what it made; the objects that there are were read for who asks. */
export async function timelineOf(
  place: InventoryPlace,
  workload: { plural: ViewedKind; name: string },
  { root, rows }: Kin,
): Promise<Omit<WorkloadTimeline, 'cluster'>> {
  const found = await place.events({
    uids: rows.map(({ uid }) => uid),
    gone: goneOf(workload.plural, workload.name),
    limit: timelineMaxEvents + 1,
  });
  const byUid = new Map(rows.map((row) => [row.uid, row]));
  const others = await otherNamesakes(place, found, byUid);
  const told = found.filter(({ object_uid }) => !others.has(object_uid));
  return {
    items: told.slice(0, timelineMaxEvents).map((event) => itemOf(event, byUid.get(event.object_uid))),
    cut: found.length > timelineMaxEvents,
    revisions: revisionsOf(root, rows),
    since: new Date(Date.now() - eventsMaxHours * 3_600_000).toISOString(),
  };
}

/** Uids of objects that are called as the workload's are and that are there: they are somebody else's. */
async function otherNamesakes(
  place: InventoryPlace,
  events: readonly Told[],
  mine: ReadonlyMap<string, InventoryObject>,
): Promise<ReadonlySet<string>> {
  const plurals = { Pod: 'pods', ReplicaSet: 'replicasets', Job: 'jobs' } as const;
  const unknown = events.filter(({ object_uid }) => !mine.has(object_uid)).map(({ object }) => object.split('/'));
  const wants = Object.entries(plurals).flatMap(([kind, plural]) => {
    const names = [...new Set(unknown.flatMap(([of, name = '']) => (of === kind ? [name] : [])))];
    return names.length === 0 ? [] : [{ plural, by: { names }, limit: names.length }];
  });
  if (wants.length === 0) return new Set();
  return new Set((await place.rows(wants)).flatMap(({ rows }) => rows.map(({ uid }) => uid)));
}

function itemOf(event: Told, row: InventoryObject | undefined): WorkloadTimeline['items'][number] {
  const slash = event.object.indexOf('/');
  return {
    id: `${event.cluster_no}/${event.uid}`,
    kind: event.object.slice(0, slash),
    name: event.object.slice(slash + 1),
    ...(row === undefined ? {} : { at: { group: row.group, plural: row.plural } }),
    type: event.type,
    reason: event.reason,
    message: event.message,
    count: event.count,
    firstAt: event.first_at.toISOString(),
    lastAt: event.last_at.toISOString(),
  };
}

/** A ReplicaSet of a Deployment is one of its templates. */
function revisionsOf(root: InventoryObject, rows: readonly InventoryObject[]): WorkloadTimeline['revisions'] {
  return rows
    .filter(({ plural, ownerUid }) => plural === 'replicasets' && ownerUid === root.uid)
    .flatMap((set) => {
      const { createdAt, name, facts } = set;
      if (createdAt === undefined) return [];
      const revision = typeof facts.revision === 'string' ? { revision: facts.revision } : {};
      return { at: createdAt, name, ...revision, images: textsIn(set, 'images') };
    })
    .toSorted((a, b) => b.at.localeCompare(a.at));
}
