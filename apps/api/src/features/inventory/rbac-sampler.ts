import {
  allows,
  grantsOf,
  isNamespaces,
  type RbacGrant,
  type Sight,
  type SightKind,
  sightOf,
  subjectsOf,
  watchedKinds,
} from '@quarterdeck/kubernetes';
import { type AskCluster, personUser } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { Fence } from './inventory.store.ts';
import type { RbacDoubt, RbacStore } from './rbac.store.ts';

type Sample = Omit<RbacDoubt, 'at'>;

export interface RbacSampler {
  /** Looks at a cluster when it is due; to be called often, never two at a time for one cluster. */
  look(cluster: ClusterRecord, fence: Fence): Promise<void>;
}

const samplesEach = 20;
const everyMs = 10 * 60_000;
const membersGroup = 'quarterdeck:members';

/**
 * RBAC may not be all that decides in a cluster: another authorizer can deny more. Twenty questions each ten minutes that
 * RBAC allows are asked of the cluster as somebody whom they are about. One that it denies twice puts the cluster in
 * doubt: from then on rows are shown by reviews, until a round finds no such question any more.
 */
export function createRbacSampler(deps: {
  rbac: RbacStore;
  ask: AskCluster;
  /** Milliseconds that never go back. */
  now: () => number;
  /** From 0 to below 1. */
  random: () => number;
}): RbacSampler {
  const { rbac, ask, now, random } = deps;
  const dueAt = new Map<number, number>();
  const suspected = new Map<number, Sample>();

  function pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(random() * list.length)];
  }

  async function grantsFor(clusterNo: number, groups: readonly string[]): Promise<RbacGrant[]> {
    const asker = { user: personUser, groups };
    const policies = await rbac.policies([clusterNo], [...subjectsOf(asker)]);
    return grantsOf(policies.get(clusterNo) ?? [], asker);
  }

  /** True when RBAC, as it is stored now, allows it and the cluster does not. */
  async function isDenied(cluster: ClusterRecord, { groups, question }: Sample): Promise<boolean> {
    if (!allows(await grantsFor(cluster.number, groups), question)) return false;
    const { answer } = await ask(
      cluster.id,
      { user: personUser, groups, uid: 'quarterdeck-sample', actor: 'quarterdeck' },
      question,
    );
    return answer === 'denied';
  }

  async function sample(cluster: ClusterRecord): Promise<Sample | undefined> {
    const everyone = await rbac.boundGroups(cluster.number, samplesEach);
    const places = await rbac.namespacesOf(cluster.number, 1000);
    for (let count = 0; count < samplesEach; count += 1) {
      const group = pick(everyone);
      const kind = pick(watchedKinds);
      if (group === undefined || kind === undefined) return undefined;
      const groups = [membersGroup, group];
      const sight = sightOf(await grantsFor(cluster.number, groups), kind);
      const question = questionIn(sight, kind, pick(sight.whole ? ['', ...places] : [...sight.namespaces]));
      if (question !== undefined && (await isDenied(cluster, { groups, question }))) return { groups, question };
    }
    return undefined;
  }

  return {
    async look(cluster, fence) {
      const suspect = suspected.get(cluster.number);
      if (suspect === undefined && now() < (dueAt.get(cluster.number) ?? 0)) return;
      const state = (await rbac.states([cluster.number])).get(cluster.number);
      // What is behind the cluster allows what it no longer does.
      if (state === undefined || state.streams.some((stream) => stream.state !== 'streaming')) return;
      if (suspect !== undefined) {
        // Asked once more, a while later: a change of RBAC reaches us and the API server at different moments.
        suspected.delete(cluster.number);
        const at = new Date().toISOString();
        if (await isDenied(cluster, suspect)) await rbac.putDoubt(fence, { ...suspect, at });
        return;
      }
      dueAt.set(cluster.number, now() + everyMs);
      const { doubt } = state;
      if (doubt !== undefined && (await isDenied(cluster, doubt))) return;
      const denied = await sample(cluster);
      if (denied !== undefined) suspected.set(cluster.number, denied);
      else if (doubt !== undefined) await rbac.putDoubt(fence, undefined);
    },
  };
}

/** A question that the sight answers with yes. */
function questionIn(sight: Sight, kind: SightKind, place: string | undefined): Sample['question'] | undefined {
  const { group, resource } = kind;
  if (place === undefined) return undefined;
  if (isNamespaces(kind) && !sight.whole) return { verb: 'get', group, resource, namespace: place, name: place };
  return { verb: 'list', group, resource, ...(place === '' || !kind.namespaced ? {} : { namespace: place }) };
}
