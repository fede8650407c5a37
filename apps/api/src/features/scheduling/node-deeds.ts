import {
  budgetsIn,
  budgetsOf,
  evictPod,
  type Identity,
  type NodeContext,
  type PodBudget,
  readNode,
  setCordon,
} from '@quarterdeck/kubernetes';
import { AppError, conflict } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, mapClusterError, type ProxyRecords, personIdentity } from '../clusters/index.ts';
import { clusterForbidden, inOurWords, objectNotFound, objectReplaced } from './cluster-words.ts';
import type { DrainsStore } from './drains.store.ts';
import { cordonRecord, evictionRecord } from './recorded-requests.ts';

export type SeenObject = { uid: string; resourceVersion?: string | undefined };
export type NodeAddress = { clusterId: string; node: string };
export type PodAddress = { clusterId: string; namespace: string; name: string };

/** What is done to a node or a pod at once, as the person who asks: an intent in the trail before, the outcome after. */
export interface NodeDeeds {
  /** @throws AppError `object_not_found` | `object_replaced` | `drain_running` | `cluster_forbidden` … */
  cordon(actor: Actor, address: NodeAddress, seen: SeenObject, cordoned: boolean): Promise<void>;
  /** @throws AppError `disruption_budget` | `object_not_found` | `object_replaced` | `cluster_forbidden` … */
  evict(actor: Actor, address: PodAddress, seen: SeenObject): Promise<void>;
}

export function createNodeDeeds(deps: {
  access: Access;
  connections: Connections;
  records: ProxyRecords;
  store: Pick<DrainsStore, 'list'>;
}): NodeDeeds {
  const { access, connections, records, store } = deps;

  async function contextOf(actor: Actor, clusterId: string, namespace?: string): Promise<NodeContext> {
    const client = await connections.for(clusterId);
    const identity = await personIdentity(access, actor.principal, clusterId, namespace, actor.requestId);
    return { client, identity, priority: 'interactive' };
  }

  return {
    async cordon(actor, { clusterId, node }, seen, cordoned) {
      const [running] = cordoned ? [] : await store.list({ clusterId, node, state: 'running' });
      if (running !== undefined)
        throw conflict('drain_running', `${running.createdBy} is draining this node. Cancel that first.`);
      const context = await contextOf(actor, clusterId);
      const what = `node ${node}`;
      const known = await readNode(context, node).catch((error: unknown) => inOurWords(error, what));
      if (known === undefined) throw objectNotFound(what);
      if (known.uid !== seen.uid) throw objectReplaced(what);
      const close = await records.open(actor, cordonRecord(clusterId, node, context.identity));
      const facts = [{ path: 'unschedulable', before: known.cordoned, after: cordoned }];
      try {
        await setCordon(context, node, seen, cordoned).catch((error: unknown) => inOurWords(error, what));
        await close?.({ status: 200 }, facts);
      } catch (error) {
        if (error instanceof AppError) await close?.({ code: error.code }, facts);
        throw error;
      }
    },

    async evict(actor, { clusterId, namespace, name }, seen) {
      const context = await contextOf(actor, clusterId, namespace);
      const pod = { namespace, name, ...seen };
      const close = await records.open(actor, evictionRecord(clusterId, pod, context.identity, ['workloads:operate']));
      const answer = await evictPod(context, pod)
        .catch(mapClusterError)
        .catch(async (error: unknown) => {
          if (error instanceof AppError) await close?.({ code: error.code });
          throw error;
        });
      await close?.({ status: answer.status });
      const what = `pod ${namespace}/${name}`;
      if (answer.outcome === 'accepted') return;
      if (answer.outcome === 'gone') throw answer.status === 404 ? objectNotFound(what) : objectReplaced(what);
      if (answer.outcome === 'blocked') throw await blockedBy(context, pod, answer);
      if (answer.status === 401 || answer.status === 403) throw clusterForbidden(what);
      throw new AppError('cluster_refused', 422, `The cluster refused it: ${answer.detail}`);
    },
  };
}

/** Why an eviction has to wait, the budget named with its numbers where they can be read. */
async function blockedBy(
  context: NodeContext,
  pod: { namespace: string; name: string },
  answer: { byBudget: boolean; detail: string; retryAfterSeconds: number | undefined },
): Promise<AppError> {
  const retryAfterSeconds = answer.retryAfterSeconds ?? 5;
  if (!answer.byBudget)
    return new AppError('cluster_busy', 503, `The cluster does not let the pod go just now: ${answer.detail}`, {
      retryAfterSeconds,
    });
  const budget = await tightestOf(context, pod).catch(() => undefined);
  return new AppError(
    'disruption_budget',
    409,
    budget === undefined
      ? `${answer.detail}. Try again when more are healthy.`
      : `${budgetWords(budget)} Try again when more are healthy.`,
    { retryAfterSeconds },
  );
}

/** The tightest budget over a pod, as it stands now. */
export async function tightestOf(
  context: NodeContext & { identity: Identity },
  { namespace, name }: { namespace: string; name: string },
): Promise<PodBudget | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const [pod, budgets] = await Promise.all([
    context.client.request({ method: 'GET', path, identity: context.identity, priority: context.priority }),
    budgetsIn(context, namespace),
  ]);
  return pod.status === 200 ? budgetsOf(pod.body, budgets)[0] : undefined;
}

/** Such as `The disruption budget cart needs 2 healthy pods and has 2 of 2: 0 may go.` */
export function budgetWords({ name, needed, healthy, expected, allowed }: PodBudget): string {
  return `The disruption budget ${name} needs ${needed} healthy pods and has ${healthy} of ${expected}: ${allowed} may go.`;
}
