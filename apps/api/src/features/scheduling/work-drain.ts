import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@quarterdeck/database';
import { judgePods, NodeAnswerError, type NodeContext, podsOnNode, readNode, setCordon } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import { type Connections, mapClusterError, type ProxyRecords, personIdentity } from '../clusters/index.ts';
import { actorOf } from './drain-actor.ts';
import type { DrainPodRecord, DrainsStore, HeldDrain } from './drains.store.ts';
import { drainTarget, lossWords } from './drains.ts';
import { createEvictions, DrainLostError, type Evictions } from './evict-pods.ts';
import { cordonRecord } from './recorded-requests.ts';

export type DrainTiming = {
  /** Between two looks while pods are going. */
  lookMs: number;
  /** Between two looks while all that is left is blocked; and after a cluster that did not answer. */
  idleMs: number;
  /** Until a pod that a budget blocks is asked again. */
  retrySeconds: number;
};
export const drainTiming: DrainTiming = { lookMs: 1500, idleMs: 5000, retrySeconds: 5 };

export type WorkDrainDeps = {
  access: Access;
  audit: Audit;
  connections: Connections;
  records: ProxyRecords;
  store: DrainsStore;
  database: Pick<Database, 'pool' | 'transaction'>;
  logger: Logger;
  timing?: DrainTiming;
};

type Ending = { state: 'done' | 'failed'; code?: string; detail: string };
/** What a look at the node led to. */
type Looked = { rest: 'look' | 'idle' } | { end: Ending };

/**
 * Empties one node, look by look: what the cluster holds now and what the rows say decide the next step, so whoever takes
 * it over goes on where another stopped. Pods are known by uid: one that came later is left alone.
 */
export async function workDrain(drain: HeldDrain, deps: WorkDrainDeps, signal: AbortSignal): Promise<void> {
  const { store, database, timing = drainTiming } = deps;
  const evictions = createEvictions(drain, deps, timing.retrySeconds);
  try {
    while (!signal.aborted) {
      const now = await store.look(drain);
      if (now === undefined || now.state !== 'running') return;
      const looked = now.isOverdue ? { end: await outOfPatience(drain, store) } : await look(now.listed);
      store.tell(database.pool, drain.id);
      if ('end' in looked) return await end(drain, looked.end, deps);
      await wait(looked.rest === 'look' ? timing.lookMs : timing.idleMs, undefined, { signal }).catch(() => {});
    }
  } catch (error) {
    if (!(error instanceof DrainLostError)) throw error;
  } finally {
    await evictions.close();
    await store.release(drain).catch(() => false);
    store.tell(database.pool, drain.id);
  }

  async function look(listed: boolean): Promise<Looked> {
    const actor = await actorOf(drain, deps.access);
    if (typeof actor === 'string')
      return failed(actor, `${drain.createdBy} may not drain nodes of this cluster any more. The node stays cordoned.`);
    try {
      const client = await deps.connections.for(drain.clusterId);
      const identity = await personIdentity(deps.access, actor.principal, drain.clusterId, undefined, drain.requestId);
      const looked = await lookAt(
        drain,
        { client, identity, priority: 'deploy', signal },
        listed,
        actor,
        deps,
        evictions,
      );
      if ('rest' in looked) await store.note(drain, undefined);
      return looked;
    } catch (error) {
      return await troubled(error, drain, deps, signal);
    }
  }
}

/** The cluster is asked what is, pods are told to go, and what came of it is written down. */
async function lookAt(
  drain: HeldDrain,
  context: NodeContext,
  listed: boolean,
  actor: Actor,
  deps: WorkDrainDeps,
  evictions: Evictions,
): Promise<Looked> {
  const { store } = deps;
  const node = await readNode(context, drain.node);
  if (node === undefined || node.uid !== drain.nodeUid)
    return failed('node_gone', `There is no ${drain.node} any more, or it was made anew. Nothing more is evicted.`);
  if (!node.cordoned && listed)
    return failed('uncordoned', 'Somebody took the node back into use, so nothing more is evicted.');
  if (!node.cordoned) await cordon(drain, context, actor, deps);
  const live = await podsOnNode(context, drain.node);
  if (!listed) await addPods(drain, live, store);
  const pods = await reconcile(drain, live, store);
  const due = pods.filter(({ state, isDue }) => isDue && ['waiting', 'evicting', 'blocked'].includes(state));
  const moved = await evictions.ask(due, context, actor);
  const open = (await store.pods(drain.id)).filter(({ state }) => isOpen(state));
  if (open.length === 0) return { end: await ending(drain, store) };
  return { rest: moved || open.some(({ state }) => state !== 'blocked') ? 'look' : 'idle' };
}

const isOpen = (state: DrainPodRecord['state']) => ['waiting', 'evicting', 'blocked', 'leaving'].includes(state);

async function cordon(drain: HeldDrain, context: NodeContext, actor: Actor, deps: WorkDrainDeps): Promise<void> {
  const close = await deps.records.open(actor, cordonRecord(drain.clusterId, drain.node, context.identity));
  const facts = [{ path: 'unschedulable', before: false, after: true }];
  try {
    await setCordon(context, drain.node, { uid: drain.nodeUid }, true);
    await close?.({ status: 200 }, facts);
  } catch (error) {
    await close?.(error instanceof NodeAnswerError ? { status: error.status } : { code: 'cluster_unreachable' }, facts);
    throw error;
  }
}

async function addPods(drain: HeldDrain, live: readonly unknown[], store: DrainsStore): Promise<void> {
  const pods = judgePods(live, []).map(({ uid, namespace, name, owner, skip, losses, leaving }) => {
    const lost = losses.filter((loss) => !drain.accepts.includes(loss));
    const common = { uid, namespace, name, ...(owner === undefined ? {} : { owner }) };
    if (skip !== undefined) return { ...common, state: 'skipped' as const, detail: skip };
    if (leaving) return { ...common, state: 'leaving' as const };
    if (lost.length === 0) return { ...common, state: 'waiting' as const };
    return { ...common, state: 'left' as const, detail: `${lost.map((loss) => lossWords[loss]).join('. ')}.` };
  });
  if (!(await store.addPods(drain, pods))) throw new DrainLostError();
}

/** Rows follow what the cluster holds: what is gone, what is on its way. */
async function reconcile(drain: HeldDrain, live: readonly unknown[], store: DrainsStore): Promise<DrainPodRecord[]> {
  const found = new Map(judgePods(live, []).map((pod) => [pod.uid, pod]));
  const known = await store.pods(drain.id);
  const goneNow = known.filter(({ state, uid }) => !['gone', 'skipped'].includes(state) && !found.has(uid));
  const leavingNow = known.filter(({ state, uid }) => state !== 'leaving' && found.get(uid)?.leaving === true);
  if (goneNow.length + leavingNow.length === 0) return known;
  await store.put(drain, uidsOf(goneNow), { state: 'gone' });
  await store.put(drain, uidsOf(leavingNow.filter(({ state }) => state !== 'skipped')), { state: 'leaving' });
  return store.pods(drain.id);
}

const uidsOf = (pods: readonly DrainPodRecord[]) => pods.map(({ uid }) => uid);

const failed = (code: string, detail: string): { end: Ending } => ({ end: { state: 'failed', code, detail } });

async function ending(drain: HeldDrain, store: DrainsStore): Promise<Ending> {
  const pods = await store.pods(drain.id);
  const left = pods.filter(({ state }) => state === 'left' || state === 'refused');
  const gone = pods.filter(({ state }) => state === 'gone').length;
  if (left.length === 0) return { state: 'done', detail: `${countOf(gone)} left ${drain.node}, which stays cordoned.` };
  return {
    state: 'failed',
    code: 'pods_left',
    detail: `${countOf(left.length)} stayed on ${drain.node}, which stays cordoned: ${namesOf(left)}.`,
  };
}

async function outOfPatience(drain: HeldDrain, store: DrainsStore): Promise<Ending> {
  const open = (await store.pods(drain.id)).filter(({ state }) => isOpen(state));
  const what =
    open.length === 0 ? 'It could not be begun' : `${countOf(open.length)} did not go in time: ${namesOf(open)}`;
  return { state: 'failed', code: 'patience_over', detail: `${what}. The node stays as it is now.` };
}

const countOf = (n: number) => `${n} pod${n === 1 ? '' : 's'}`;
function namesOf(pods: readonly DrainPodRecord[]): string {
  const more = pods.length > 3 ? ` and ${pods.length - 3} more` : '';
  return `${pods
    .slice(0, 3)
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .join(', ')}${more}`;
}

/** A cluster that does not answer is waited for; a right that is missing ends it. */
async function troubled(
  error: unknown,
  drain: HeldDrain,
  { store, logger }: WorkDrainDeps,
  signal: AbortSignal,
): Promise<Looked> {
  if (error instanceof DrainLostError || signal.aborted) throw new DrainLostError();
  if (error instanceof NodeAnswerError && (error.status === 401 || error.status === 403))
    return failed(
      'cluster_forbidden',
      `The cluster does not let ${drain.createdBy} do this: ${error.message.slice(0, 300)}`,
    );
  if (error instanceof NodeAnswerError) {
    await store.note(drain, {
      code: 'cluster_busy',
      detail: `The cluster answered ${error.status}; it is asked again.`,
    });
    return { rest: 'idle' };
  }
  try {
    mapClusterError(error);
  } catch (mapped) {
    if (!(mapped instanceof AppError)) throw mapped;
    if (mapped.status === 403)
      return failed('actor_lost_permission', `${drain.createdBy} may not drain nodes of this cluster any more.`);
    if (mapped.status < 500) return failed(mapped.code, mapped.message);
    logger.debug({ err: error, drain: drain.id }, 'drain waits');
    await store.note(drain, { code: mapped.code, detail: mapped.message });
    return { rest: 'idle' };
  }
}

async function end(drain: HeldDrain, ending_: Ending, deps: WorkDrainDeps): Promise<void> {
  const { store, audit, database } = deps;
  const pods = await store.pods(drain.id);
  const count = (states: readonly string[]) => pods.filter(({ state }) => states.includes(state)).length;
  await database.transaction(async (tx) => {
    if (!(await store.end(tx, drain, ending_))) return;
    await audit.write(tx, systemActor('worker', []), [
      {
        action: 'scheduling:drain',
        ...(ending_.state === 'done' ? {} : { outcome: 'failed', code: ending_.code ?? 'failed' }),
        target: drainTarget(drain),
        changes: [
          { path: 'drain', after: drain.id },
          { path: 'state', before: 'running', after: ending_.state },
          { path: 'evicted', after: count(['gone', 'leaving']) },
          { path: 'left', after: count(['waiting', 'evicting', 'blocked', 'left', 'refused']) },
        ],
        reason: 'outcome',
      },
    ]);
  });
}
