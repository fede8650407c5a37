import type { Evacuation } from '@quarterdeck/contracts';
import { AppError, conflict, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { type Actor, type Principal, principalId, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, DeclaredDependencies, TargetRecord } from '../applications/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { createClusterRooms } from './cluster-rooms.ts';
import { type Candidate, draftItem, type Resident } from './draft-evacuation.ts';
import { inOrder, type Placed } from './evacuation-order.ts';
import { createResidents, type ResidentsDeps } from './evacuation-residents.ts';
import type { EvacuationRecord, EvacuationsStore, ItemRecord } from './evacuations.store.ts';
import { isReachable } from './machine.ts';
import { atOnce } from './machine-rows.ts';
import type { PutRelease } from './put-release.ts';
import type { RenderLike } from './render-like.ts';

const approvedAtOnce = 4;

type Choice = { applicationId: string; environmentId: string; accepts: readonly string[] };
type Refused = { applicationId: string; environmentId: string; code: string; detail: string };

/** What runs in a cluster that is lost goes on elsewhere: drafted per application, done for what somebody approves. */
export interface Evacuations {
  /** @throws AppError `not_found` */
  draft(actor: Actor, clusterId: string): Promise<Evacuation>;
  list(principal: Principal, clusterId: string | undefined): Promise<Evacuation[]>;
  /** With the applications that the principal may evacuate. @throws AppError `not_found` */
  read(principal: Principal, id: string): Promise<Evacuation>;
  /**
   * Each item by itself: what one is refused for stops no other.
   * @throws AppError 422 `item_unknown` | `not_confirmed`, before anything is done
   */
  approve(
    actor: Actor,
    id: string,
    input: { items: readonly Choice[]; reason?: string | undefined },
  ): Promise<{ evacuation: Evacuation; refused: Refused[] }>;
}

export function createEvacuations(
  deps: ResidentsDeps & {
    access: Access;
    dependencies: Pick<DeclaredDependencies, 'needsOf'>;
    renderLike: RenderLike;
    clusters: Clusters;
    inventory: Inventory;
    door: PutRelease;
  },
): Evacuations {
  const { access, applications, clusters, evacuationsStore, door, releases } = deps;
  const roomOf = createClusterRooms(deps.inventory);
  const residents = createResidents(deps);

  async function mayEvacuate(principal: Principal, projectId: string, environmentId: string): Promise<boolean> {
    return access.may(principal, 'releases:evacuate', { projectId, environmentId });
  }

  /** Nothing of a draft that has nothing for them: whose cluster it is about is not theirs to know. */
  async function visible(principal: Principal, record: EvacuationRecord): Promise<Evacuation | undefined> {
    const may = await Promise.all(
      record.items.map((item) => mayEvacuate(principal, item.projectId, item.environmentId)),
    );
    const items = record.items.filter((_item, index) => may[index]);
    if (record.items.length > 0 && items.length === 0) return undefined;
    const outside = items.flatMap(({ proposal }) => proposal.order.outside);
    const seen = outside.length === 0 ? new Map() : await applications.visible(principal, [...new Set(outside)]);
    return toView({ ...record, items }, seen);
  }

  async function read(principal: Principal, id: string): Promise<Evacuation> {
    const found = await visible(principal, await find(id));
    if (found === undefined) throw notFound('This evacuation');
    return found;
  }

  async function find(id: string): Promise<EvacuationRecord> {
    const [record] = await evacuationsStore.find({ id });
    if (record === undefined) throw notFound('This evacuation');
    return record;
  }

  /** The target that the item goes to: of a cluster that is new to the environment, by a rule that it gets now. */
  async function destinationOf(
    actor: Actor,
    item: ItemRecord,
  ): Promise<{ application: ApplicationRecord; target: TargetRecord }> {
    const { destination } = item.proposal;
    if (destination === undefined) throw conflict('item_blocked', 'There is nowhere to go.');
    const look = async () => {
      const application = await applications.record(item.applicationId);
      const target = application.environments
        .find(({ environmentId }) => environmentId === item.environmentId)
        ?.targets.find(
          ({ clusterId, namespace }) => clusterId === destination.clusterId && namespace === destination.namespace,
        );
      return { application, target };
    };
    const before = await look();
    if (before.target?.state === 'active') return { application: before.application, target: before.target };
    await access.projects.addRule(actor, {
      projectId: item.projectId,
      environmentId: item.environmentId,
      rule: { selector: { cluster: destination.cluster }, namespace: destination.namespace },
    });
    const after = await look();
    if (after.target?.state !== 'active')
      throw conflict('no_target', `${item.environment} does not reach ${destination.cluster}.`);
    return { application: after.application, target: after.target };
  }

  async function approveItem(
    actor: Actor,
    evacuation: EvacuationRecord,
    item: ItemRecord,
    reason: string | undefined,
  ): Promise<void> {
    if (item.state === 'approved') return;
    if (item.state !== 'proposed') throw conflict('item_blocked', 'The draft says that it cannot go, or need not.');
    const release = await releases.record(item.proposal.release.id);
    await door.checkTenancy(item.projectId, release);
    const { application, target } = await destinationOf(actor, item);
    const plan = await deps.renderLike(release, application, target);
    // Somebody approved it here: it waits for nobody else, and for no release that waits for the cluster that is lost.
    const strategy = {
      ...atOnce,
      name: 'evacuation',
      unreachable: 'block' as const,
      supersede: 'replace-running' as const,
    };
    const id = newId('rel');
    await door.put(
      actor,
      'releases:evacuate',
      { of: application, environment: item.environment },
      {
        id,
        applicationId: application.id,
        environmentId: item.environmentId,
        kind: 'evacuate',
        templateVersionId: release.templateVersionId,
        images: release.images,
        parameters: release.parameters,
        contentSha256: plan.contentSha256,
        rollbackOf: undefined,
        note: reason ?? `${evacuation.cluster} is lost: it goes on in ${item.proposal.destination?.cluster}.`,
        strategy,
        targets: await door.place(strategy, application.id, [target]),
        objects: plan.targets.flatMap(({ objects }) => objects),
      },
      undefined,
      [
        { path: 'evacuated', before: evacuation.cluster, after: item.proposal.destination?.cluster },
        { path: 'release', after: release.number },
      ],
      async (tx) => {
        if (!(await evacuationsStore.approve(tx, evacuation.id, item, id)))
          throw conflict('item_approved', 'Somebody approved it meanwhile.');
        await evacuationsStore.standDown(tx, item.proposal.sources, id);
        return [];
      },
    );
  }

  return {
    async draft(actor, clusterId) {
      const records = await clusters.records();
      const from = records.find(({ id }) => id === clusterId);
      if (from === undefined) throw notFound('This cluster');
      const others = records.filter(({ id, state }) => id !== clusterId && isReachable(state));
      const candidates: Candidate[] = await Promise.all(
        others.map(async (cluster) => {
          const room = roomOf(cluster.slug);
          return { cluster, room, left: await room.nodes };
        }),
      );
      const services = await evacuationsStore.servicesIn(clusterId);
      const items: Parameters<EvacuationsStore['insert']>[2][number][] = [];
      const found = await residents.of(clusterId, (projectId, environmentId) =>
        mayEvacuate(actor.principal, projectId, environmentId),
      );
      const needs = await deps.dependencies.needsOf(found.map(({ application }) => application.id));
      // What others need goes first, and finds its seat first.
      for (const { item: resident, step, after, outside } of inOrder(found.map(toPlaced), needs)) {
        const covered = await residents.coveredBy(resident, others);
        const order = {
          step,
          after: after.map(({ applicationId, environmentId }) => ({ applicationId, environmentId })),
          outside,
        };
        const draft = await draftItem(resident, candidates, from, services, order);
        const { application, environment } = resident;
        const item = { applicationId: application.id, environmentId: environment.environmentId };
        if (covered.length === 0) items.push({ ...item, ...draft });
        else {
          const { destination: _destination, ...proposal } = draft.proposal;
          const detail = `It runs in ${covered.join(', ')} as well: nothing needs to go.`;
          items.push({
            ...item,
            state: 'covered',
            proposal: { ...proposal, findings: [{ level: 'info', code: 'covered', detail }] },
          });
        }
      }
      const by = { clusterId, createdById: principalId(actor.principal), createdBy: principalName(actor.principal) };
      const id = await access.mutate({ actor, permission: 'releases:evacuate', target: 'any' }, async (tx) => ({
        value: await evacuationsStore.insert(tx, by, items),
        audit: [
          {
            action: 'releases:evacuate',
            target: { kind: 'cluster', id: clusterId, name: from.slug, cluster: clusterId },
            changes: [{ path: 'drafted', after: items.length }],
          },
        ],
      }));
      return read(actor.principal, id);
    },

    async list(principal, clusterId) {
      const records = await evacuationsStore.find({ clusterId, limit: 20 });
      const all = await Promise.all(records.map((record) => visible(principal, record)));
      return all.filter((record) => record !== undefined);
    },

    read,

    async approve(actor, id, { items, reason }) {
      const shown = await read(actor.principal, id);
      const whole = await find(id);
      // What somebody may not see is unknown to them.
      const known = whole.items.filter((item) => shown.items.some((one) => isOf(one, item)));
      const evacuation = { ...whole, items: known };
      const chosen = items.map((choice, index) => ({ item: chosenItem(evacuation, choice, index), choice }));
      const refused: Refused[] = [];
      // Step by step: when something starts elsewhere, what it needs was asked for before.
      const steps = Map.groupBy(chosen, ({ item }) => item.proposal.order.step);
      for (const [, waiting] of [...steps].toSorted(([a], [b]) => a - b)) {
        const lane = async () => {
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
            const { applicationId, environmentId } = next.item;
            try {
              await approveItem(actor, evacuation, next.item, reason);
            } catch (error) {
              if (!(error instanceof AppError)) throw error;
              refused.push({ applicationId, environmentId, code: error.code, detail: error.message });
            }
          }
        };
        await Promise.all(Array.from({ length: approvedAtOnce }, lane));
      }
      return { evacuation: await read(actor.principal, id), refused };
    },
  };
}

/** @throws AppError 422 `item_unknown` | `not_confirmed` with the item named */
function chosenItem({ items }: EvacuationRecord, choice: Choice, index: number): ItemRecord {
  const item = items.find((one) => isOf(one, choice));
  const refuse = (code: string, pointer: string, detail: string) =>
    new AppError(code, 422, detail, { errors: [{ pointer, code, detail }] });
  if (item === undefined)
    throw refuse('item_unknown', `/items/${index}`, 'The draft has no such application: draft again if it came later.');
  const open = item.proposal.findings.find(({ level, code }) => level === 'confirm' && !choice.accepts.includes(code));
  if (open !== undefined && item.state === 'proposed')
    throw refuse(
      'not_confirmed',
      `/items/${index}/accepts`,
      `${item.application} ${item.environment}: ${open.detail} Confirm ${open.code}, or leave it out.`,
    );
  return item;
}

type Named = Pick<ItemRecord, 'applicationId' | 'environmentId'>;
const isOf = (item: Named, other: Named) =>
  item.applicationId === other.applicationId && item.environmentId === other.environmentId;

function toPlaced<T extends Resident>(resident: T): T & Placed {
  const { environmentId, name, tier } = resident.environment;
  return { ...resident, applicationId: resident.application.id, environmentId, environmentName: name, tier };
}

/** @param seen what whoever asks may see of applications that items need and the draft does not have */
function toView(
  { items, createdAt, ...record }: EvacuationRecord,
  seen: ReadonlyMap<string, Pick<ApplicationRecord, 'id' | 'project' | 'slug'>>,
): Evacuation {
  return {
    ...record,
    createdAt: createdAt.toISOString(),
    items: items.map(({ proposal, projectId: _projectId, evacuation, ...item }) => {
      const { sources: _sources, order, ...shown } = proposal;
      const outside = order.outside.flatMap((id) => seen.get(id) ?? []);
      return {
        ...item,
        ...shown,
        step: order.step,
        after: order.after.filter((one) => items.some((other) => isOf(other, one))),
        outside: outside.map(({ id, project, slug }) => ({ applicationId: id, project, application: slug })),
        hiddenOutside: order.outside.length - outside.length,
        ...(evacuation === undefined ? {} : { evacuation }),
      };
    }),
  };
}
