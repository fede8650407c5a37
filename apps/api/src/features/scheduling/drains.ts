import type { Drain, DrainPlan } from '@quarterdeck/contracts';
import {
  budgetsIn,
  type JudgedPod,
  judgePods,
  type NodeContext,
  type NodeState,
  podsOnNode,
  readNode,
} from '@quarterdeck/kubernetes';
import { AppError, conflict, forbidden, notFound } from '../../platform/errors.ts';
import { type AccountPrincipal, type Actor, type Principal, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { AuditTarget } from '../audit/index.ts';
import { type ClustersStore, type Connections, personIdentity } from '../clusters/index.ts';
import { inOurWords, objectNotFound, objectReplaced } from './cluster-words.ts';
import type { DrainCredential, DrainLoss, DrainPodRecord, DrainRecord, DrainsStore } from './drains.store.ts';
import type { NodeAddress } from './node-deeds.ts';

export type DrainWish = { uid: string; accepts: DrainLoss[]; patienceSeconds: number };

/** Nodes that are emptied: a worker does it, under the name and the rights of whoever asked. */
export interface Drains {
  /** What it would do, asked of the cluster as the person. @throws AppError `object_not_found` | `cluster_forbidden` … */
  plan(principal: Principal, address: NodeAddress): Promise<DrainPlan>;
  /**
   * Lets a worker drain the node. Nothing happens to the node before this has been written down.
   * @throws AppError `object_replaced` | `not_confirmed` what would be lost was not accepted | `drain_running` …
   */
  start(actor: Actor, address: NodeAddress, wish: DrainWish): Promise<Drain>;
  /** @throws AppError `not_found` without such a cluster */
  list(filter: Parameters<DrainsStore['list']>[0]): Promise<Omit<Drain, 'pods'>[]>;
  /** Where a drain is, for the permission check. @throws AppError `not_found` */
  placeOf(id: string): Promise<{ clusterId: string }>;
  /** @throws AppError `not_found`, also for who may not drain there */
  read(principal: Principal, id: string): Promise<Drain>;
  /** The node stays cordoned. @throws AppError `drain_over` | `not_found` */
  cancel(actor: Actor, id: string): Promise<Drain>;
}

export function createDrains(deps: {
  access: Access;
  connections: Connections;
  clusters: Pick<ClustersStore, 'findById'>;
  store: DrainsStore;
}): Drains {
  const { access, connections, store } = deps;

  async function look(principal: Principal, { clusterId, node }: NodeAddress, requestId?: string) {
    const client = await connections.for(clusterId);
    const identity = await personIdentity(access, principal, clusterId, undefined, requestId);
    const context: NodeContext = { client, identity, priority: 'interactive' };
    try {
      const [state, pods] = await Promise.all([readNode(context, node), podsOnNode(context, node)]);
      if (state === undefined) throw objectNotFound(`node ${node}`);
      return { context, state, pods };
    } catch (error) {
      return inOurWords(error, `node ${node}`);
    }
  }

  async function placeOf(id: string): Promise<{ clusterId: string }> {
    const drain = await store.find(id);
    if (drain === undefined) throw notFound('This drain');
    return { clusterId: drain.clusterId };
  }

  async function detailOf(id: string): Promise<Drain> {
    const [drain, pods] = await Promise.all([store.find(id), store.pods(id)]);
    if (drain === undefined) throw notFound('This drain');
    return { ...toDrain(drain), pods: pods.map(toPod) };
  }

  return {
    async plan(principal, address) {
      const { context, state, pods } = await look(principal, address);
      const budgets = await budgetsIn(context).catch((error: unknown) => inOurWords(error, 'disruption budgets'));
      return toPlan(address.node, state, judgePods(pods, budgets));
    },

    async start(actor, address, wish) {
      const { principal, requestId } = actor;
      if (principal.kind === 'system') throw forbidden('scheduling:drain', 'as an account');
      const { clusterId, node } = address;
      const { state, pods } = await look(principal, address, requestId);
      if (state.uid !== wish.uid) throw objectReplaced(`node ${node}`);
      mustBeAccepted(judgePods(pods, []), wish.accepts);
      const { uid: nodeUid, accepts, patienceSeconds } = wish;
      const id = await access.mutate({ actor, permission: 'scheduling:drain', target: { clusterId } }, async (tx) => {
        const made = await store.insert(tx, {
          clusterId,
          node,
          nodeUid,
          accepts,
          patienceSeconds,
          createdById: principal.id,
          createdBy: principalName(principal),
          credential: credentialOf(principal),
          requestId,
        });
        if (made === undefined) throw conflict('drain_running', 'This node is being drained already.');
        store.wakeWorkers(tx);
        store.tell(tx, made);
        const changes = [
          { path: 'drain', after: made },
          { path: 'accepts', after: accepts },
          { path: 'patienceSeconds', after: patienceSeconds },
        ];
        return { value: made, audit: [{ action: 'scheduling:drain', target: drainTarget(address), changes }] };
      });
      return detailOf(id);
    },

    async list(filter) {
      if ((await deps.clusters.findById(filter.clusterId)) === undefined) throw notFound('This cluster');
      return (await store.list(filter)).map(toDrain);
    },
    placeOf,

    async read(principal, id) {
      if (!(await access.may(principal, 'scheduling:drain', await placeOf(id)))) throw notFound('This drain');
      return detailOf(id);
    },

    async cancel(actor, id) {
      const drain = await store.find(id);
      if (drain === undefined) throw notFound('This drain');
      const target = { clusterId: drain.clusterId };
      await access.mutate({ actor, permission: 'scheduling:drain', target }, async (tx) => {
        const by = principalName(actor.principal);
        if (!(await store.cancel(tx, id, by, `${drain.node} stays cordoned.`)))
          throw conflict('drain_over', 'This drain is over already. Look at what became of it.');
        store.tell(tx, id);
        store.wakeWorkers(tx);
        const changes = [
          { path: 'drain', after: id },
          { path: 'state', before: 'running', after: 'cancelled' },
        ];
        return { value: undefined, audit: [{ action: 'scheduling:drain', target: drainTarget(drain), changes }] };
      });
      return detailOf(id);
    },
  };
}

/** The node that a record of the trail is about. */
export function drainTarget({ clusterId, node }: NodeAddress): AuditTarget {
  return { kind: 'node', name: node, cluster: clusterId };
}

/** @throws AppError `not_confirmed` that names what would be lost, and of which pods */
function mustBeAccepted(pods: readonly JudgedPod[], accepts: readonly DrainLoss[]): void {
  const errors = asksOf(pods)
    .filter((loss) => !accepts.includes(loss))
    .map((loss) => {
      const names = pods.filter((pod) => isAsked(pod) && pod.losses.includes(loss)).map((pod) => pod.name);
      const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
      return {
        pointer: '/accepts',
        code: loss,
        detail: `${lossWords[loss]}: ${names.slice(0, 3).join(', ')}${more}.`,
      };
    });
  if (errors.length === 0) return;
  const detail = `Accept what would be lost, or move it first. ${errors.map((error) => error.detail).join(' ')}`;
  throw new AppError('not_confirmed', 422, detail, { errors });
}

/** Why a pod is not evicted unless somebody accepts it. */
export const lossWords: Readonly<Record<DrainLoss, string>> = {
  empty_dir_data: 'Data in emptyDir volumes would be lost',
  bare_pod: 'Nothing would make the pod anew',
};

const isAsked = (pod: JudgedPod) => pod.skip === undefined && !pod.leaving;

function asksOf(pods: readonly JudgedPod[]): DrainLoss[] {
  const asked = new Set(pods.filter(isAsked).flatMap(({ losses }) => losses));
  return (['empty_dir_data', 'bare_pod'] as const).filter((loss) => asked.has(loss));
}

function credentialOf({ credential }: AccountPrincipal): DrainCredential {
  const { kind, id } = credential;
  return credential.kind === 'token' ? { kind, id, limits: credential.limits } : { kind, id };
}

function toPlan(node: string, { uid, cordoned, ready }: NodeState, pods: readonly JudgedPod[]): DrainPlan {
  return {
    node: { name: node, uid, cordoned, ready },
    pods: pods.map(({ owner, skip, ...pod }) => ({
      ...pod,
      ...(owner === undefined ? {} : { owner }),
      ...(skip === undefined ? {} : { skip }),
    })),
    asks: asksOf(pods),
    readAt: new Date().toISOString(),
  };
}

function toDrain({ createdAt, deadlineAt, endedAt, ...drain }: DrainRecord): Omit<Drain, 'pods'> {
  return {
    ...drain,
    createdAt: createdAt.toISOString(),
    deadlineAt: deadlineAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}

function toPod({ isDue: _, changedAt, ...pod }: DrainPodRecord): Drain['pods'][number] {
  return { ...pod, changedAt: changedAt.toISOString() };
}
