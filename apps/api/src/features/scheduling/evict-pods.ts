import { ClusterError, type EvictionAnswer, evictPod, type NodeContext } from '@quarterdeck/kubernetes';
import { startLease } from '../../platform/jobs/lease-clock.ts';
import { takeTurns } from '../../platform/jobs/take-turns.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ProxyRecords } from '../clusters/index.ts';
import { personIdentity } from '../clusters/index.ts';
import { type DrainPodRecord, type DrainsStore, type HeldDrain, leaseSeconds } from './drains.store.ts';
import { budgetWords, tightestOf } from './node-deeds.ts';
import { evictionRecord } from './recorded-requests.ts';

/** The drain is over, or another worker's: nothing more may be sent for it. */
export class DrainLostError extends Error {}

type Closing = NonNullable<Awaited<ReturnType<ProxyRecords['open']>>>;

/** Evictions of one drain, by one worker. */
export interface Evictions {
  /** Asks the cluster to let these pods go, a few at once. True when any is on its way or gone. */
  ask(pods: readonly DrainPodRecord[], context: NodeContext, actor: Actor): Promise<boolean>;
  /** Those that were asked for and never went are said so in the trail. */
  close(): Promise<void>;
}

const atOnce = 4;
const longestRetrySeconds = 60;

export function createEvictions(
  drain: HeldDrain,
  deps: { access: Access; store: DrainsStore; records: ProxyRecords },
  retrySeconds: number,
): Evictions {
  const { access, store, records } = deps;
  const turn = takeTurns(atOnce);
  /** A pod that is blocked is asked many times for one intent: only one of them can have had an effect. */
  const opened = new Map<string, Closing>();

  async function askOne(pod: DrainPodRecord, given: NodeContext, actor: Actor): Promise<boolean> {
    const identity = await personIdentity(access, actor.principal, drain.clusterId, pod.namespace, drain.requestId);
    const context = { ...given, identity };
    if (!opened.has(pod.uid)) {
      const close = await records.open(actor, evictionRecord(drain.clusterId, pod, identity, ['scheduling:drain']));
      if (close !== undefined) opened.set(pod.uid, close);
    }
    const mayWrite = startLease(leaseSeconds);
    if (!(await store.intend(drain, pod.uid)) || !mayWrite()) throw new DrainLostError();
    try {
      const answer = await evictPod(context, pod);
      if (answer.outcome !== 'blocked') await settle(pod.uid, { status: answer.status });
      return await putAnswer(pod, answer, context);
    } catch (error) {
      // It may have been taken: the next look at the node tells, and asking twice takes the same pod alone.
      if (!(error instanceof ClusterError)) throw error;
      await store.put(drain, [pod.uid], { state: 'blocked', detail: error.message, retrySeconds });
      return false;
    }
  }

  async function putAnswer(pod: DrainPodRecord, answer: EvictionAnswer, context: NodeContext): Promise<boolean> {
    const { uid } = pod;
    switch (answer.outcome) {
      case 'accepted':
        await store.put(drain, [uid], { state: 'leaving' });
        return true;
      case 'gone':
        // Whether it is, the next list of the node's pods says.
        await store.put(drain, [uid], { state: 'waiting' });
        return true;
      case 'refused':
        await store.put(drain, [uid], { state: 'refused', detail: answer.detail });
        return true;
      case 'blocked': {
        const budget = answer.byBudget ? await tightestOf(context, pod).catch(() => undefined) : undefined;
        await store.put(drain, [uid], {
          state: 'blocked',
          detail: budget === undefined ? answer.detail : budgetWords(budget),
          budget,
          retrySeconds: Math.min(Math.max(answer.retryAfterSeconds ?? 0, retrySeconds), longestRetrySeconds),
        });
        return false;
      }
    }
  }

  async function settle(uid: string, outcome: Parameters<Closing>[0]): Promise<void> {
    const close = opened.get(uid);
    opened.delete(uid);
    await close?.(outcome);
  }

  return {
    async ask(pods, context, actor) {
      const asked = await Promise.allSettled(pods.map((pod) => turn(() => askOne(pod, context, actor))));
      const problem = asked.find((each) => each.status === 'rejected');
      if (problem !== undefined) throw problem.reason;
      return asked.some((each) => each.status === 'fulfilled' && each.value);
    },
    async close() {
      await Promise.all([...opened.keys()].map((uid) => settle(uid, { code: 'not_evicted' })));
    },
  };
}
