import type { InventoryObject, Release, ReleaseDetail, ReleaseWait } from '@quarterdeck/contracts';
import type { Clusters } from '../clusters/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { debtView } from './debt-view.ts';
import type { DebtRecord } from './debts.store.ts';
import { budgetOf } from './decide.ts';
import type { LeftObjectsStore, LeftRow } from './left-objects.store.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import { isUnfinished, type Wait } from './machine-rows.ts';
import { mayBeConfirmed } from './prune-guards.ts';
import type { QuestionsStore, RunQuestion } from './questions.store.ts';
import { isThere, noPodsYet, podsOfRuns } from './release-pods.ts';
import { isOfGate, type ObjectRecord, type ReleaseRecord, type RunRecord, type StepRecord } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import { whyVoid } from './vote-counts.ts';
import type { VoteRecord } from './votes.store.ts';

type RunView = ReleaseDetail['targets'][number];

export type ReleasesReadModel = ReturnType<typeof createReleasesReadModel>;

/** A release as its page shows it: runs, objects, pods with the age of what is known of them. */
export function createReleasesReadModel(deps: {
  store: ReleasesStore;
  machineStore: MachineStore;
  machine: ReleaseMachine;
  inventory: Inventory;
  clusters: Clusters;
  questions: QuestionsStore;
  left: LeftObjectsStore;
}) {
  const { store, machineStore, machine, inventory, clusters } = deps;

  function toView(release: ReleaseRecord): Release {
    return {
      id: release.id,
      number: release.number,
      kind: release.kind,
      state: release.state,
      applicationId: release.applicationId,
      application: release.application,
      project: release.project,
      environmentId: release.environmentId,
      environment: release.environment,
      ...(release.templateVersionId === undefined ? {} : { templateVersionId: release.templateVersionId }),
      ...(release.template === undefined ? {} : { template: release.template }),
      images: release.images,
      parameters: release.parameters,
      contentSha256: release.contentSha256,
      ...(release.rollbackOf === undefined ? {} : { rollbackOf: release.rollbackOf }),
      createdBy: release.createdBy,
      ...(release.pausedReason === undefined ? {} : { pausedReason: release.pausedReason }),
      ...(release.endedReason === undefined ? {} : { endedReason: release.endedReason }),
      strategy: release.strategy.name,
      ...(release.source === undefined ? {} : { source: release.source }),
      isAutomatic: release.isAutomatic,
      ...(release.rolledBackBy === undefined ? {} : { rolledBackBy: release.rolledBackBy }),
      ...(release.note === undefined ? {} : { note: release.note }),
      createdAt: release.createdAt.toISOString(),
      ...(release.startedAt === undefined ? {} : { startedAt: release.startedAt.toISOString() }),
      ...(release.endedAt === undefined ? {} : { endedAt: release.endedAt.toISOString() }),
      targetCount: release.runs.total,
      healthyCount: release.runs.healthy,
      failedCount: release.runs.failed,
      standingCount: release.standing,
      ...(release.waitsFor === undefined ? {} : { waitsFor: release.waitsFor }),
    };
  }

  /** Waves with their budgets and votes, and what the release stands still for. */
  async function boardOf(release: ReleaseRecord) {
    const explained = await machine.explain(release.id);
    const approvals = (wave: number | undefined) =>
      (explained?.facts.votes ?? [])
        .filter((vote) => vote.wave === wave)
        .map((vote) => toApproval(vote, release, vote.isValid));
    return (
      slugs: ReadonlyMap<string, string>,
      runs: readonly RunRecord[],
    ): Pick<ReleaseDetail, 'waves' | 'waits' | 'approvals' | 'approvalsNeeded'> => ({
      waves: (explained?.rows.waves ?? []).map((wave) => {
        const mine = runs.filter((run) => run.wave === wave.index);
        return {
          ...wave.spec,
          index: wave.index,
          state: wave.state,
          ...(wave.startedAt === undefined ? {} : { startedAt: new Date(wave.startedAt).toISOString() }),
          ...(wave.soakUntil === undefined ? {} : { soakUntil: new Date(wave.soakUntil).toISOString() }),
          targetCount: mine.length,
          failedCount: mine.filter(({ state }) => state === 'failed').length,
          budget: budgetOf(wave.spec, mine.length),
          approvals: approvals(wave.index),
        };
      }),
      waits: (explained?.decision.waits ?? []).map((wait) => toWait(wait, runs, slugs)),
      approvals: approvals(undefined),
      approvalsNeeded: release.strategy.approval?.count ?? 0,
    });
  }

  /** What each run left, and whether it is still for this release to ask. */
  async function leftOf(release: ReleaseRecord, runs: readonly RunRecord[]) {
    // What has not begun has left nothing.
    const rows = await deps.left.ofRuns(runs.flatMap(({ id, startedAt }) => (startedAt === undefined ? [] : [id])));
    if (rows.length === 0) return new Map<string, RunView['left']>();
    const targets = new Map(runs.map(({ id, targetId }) => [id, targetId]));
    const newer = await deps.left.newerOn([...targets.values()], release.number);
    const asks = ({ runId, why }: LeftRow & { runId: string }) =>
      release.state === 'succeeded' && mayBeConfirmed(why) && !newer.has(targets.get(runId) ?? '');
    const views = rows.map((row) => {
      const confirmed = row.confirmed && isUnfinished(release.state);
      return [row.runId, { ...leftView(row), confirmed, asks: asks(row) }] as const;
    });
    return new Map(
      [...Map.groupBy(views, ([runId]) => runId)].map(([runId, of]) => [runId, of.map(([, view]) => view)]),
    );
  }

  return {
    toView,

    async detail(release: ReleaseRecord): Promise<ReleaseDetail> {
      const [runs, objects, records, board, besides] = await Promise.all([
        store.runsOf(release.id),
        store.objectsOf(release.id),
        clusters.records(),
        boardOf(release),
        machineStore.besides(release.id),
      ]);
      const slugs = new Map(records.map((cluster) => [cluster.id, cluster.slug]));
      const [steps, left, asked, pods] = await Promise.all([
        store.stepsOf(runs.map((run) => run.id)),
        leftOf(release, runs),
        deps.questions.ofRuns(runs.flatMap(({ id, state }) => (state === 'blocked' ? [id] : []))),
        // What each answer to the first release of an application says: it has not begun.
        release.number === 1 && runs.every(({ startedAt }) => startedAt === undefined)
          ? noPodsYet(inventory, runs, (id) => slugs.get(id))
          : podsOfRuns(inventory, release, runs, (id) => slugs.get(id)),
      ]);
      return {
        ...toView(release),
        ...board(slugs, runs),
        rejectedImages: [...(besides?.rejectedImages ?? [])],
        createdById: release.createdById,
        newestNumber: besides?.newestNumber ?? release.number,
        ownApproval: release.strategy.ownApproval === true,
        ...(release.freezeOverride === undefined ? {} : { freezeOverride: release.freezeOverride }),
        onFailure: release.strategy.onFailure,
        unreachable: release.strategy.unreachable,
        targets: runs.map((run) => {
          const mine = pods.items.filter((pod) => isThere(pod, run));
          const answer = pods.clusters.find((cluster) => cluster.id === run.clusterId);
          return {
            ...runView(
              run,
              steps.filter((step) => step.runId === run.id),
              objects.filter((object) => object.targetId === run.targetId),
              mine,
            ),
            questions: questionsOf(
              asked.filter(({ runId }) => runId === run.id),
              objects.filter((object) => object.targetId === run.targetId),
            ),
            left: left.get(run.id) ?? [],
            ...debtOf(besides?.debts.find((debt) => debt.targetId === run.targetId)),
            wave: run.wave,
            cluster: slugs.get(run.clusterId) ?? '',
            reachable: answer !== undefined && answer.state !== 'cut_off',
            ...(answer?.asOf === undefined ? {} : { asOf: answer.asOf }),
          };
        }),
      };
    },
  };
}

function questionsOf(asked: readonly RunQuestion[], objects: readonly ObjectRecord[]): RunView['questions'] {
  return asked.flatMap(({ seq, about, field, manager, live, ours }) => {
    const object = objects.find((candidate) => candidate.seq === seq);
    if (object === undefined) return [];
    const { group, kind, namespace, name } = object;
    return {
      object: { group, kind, ...(namespace === '' ? {} : { namespace }), name },
      about,
      field,
      ...(manager === undefined ? {} : { manager }),
      ...(live === undefined ? {} : { live }),
      ...(ours === undefined ? {} : { ours }),
    };
  });
}

function leftView({ group, kind, namespace, name, why, detail }: LeftRow) {
  return {
    ...{ group, kind, name, why: [...why] },
    ...(namespace === '' ? {} : { namespace }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function toApproval(vote: VoteRecord, release: ReleaseRecord, isValid: boolean): ReleaseDetail['approvals'][number] {
  const voidFor = whyVoid({ ...vote, isValid }, release);
  return {
    byId: vote.userId,
    by: vote.userName,
    decision: vote.decision,
    ...(vote.reason === undefined ? {} : { reason: vote.reason }),
    at: vote.createdAt.toISOString(),
    counts: voidFor === undefined,
    ...(voidFor === undefined ? {} : { voidFor }),
  };
}

function toWait(wait: Wait, runs: readonly RunRecord[], slugs: ReadonlyMap<string, string>): ReleaseWait {
  if (wait.for === 'cluster' || wait.for === 'decision') {
    const clusterId = runs.find(({ targetId }) => targetId === wait.targetId)?.clusterId ?? '';
    return { for: wait.for, wave: wait.wave, name: slugs.get(clusterId) ?? '' };
  }
  return 'until' in wait ? { ...wait, until: new Date(wait.until).toISOString() } : wait;
}

function debtOf(debt: DebtRecord | undefined): Pick<RunView, 'debt'> {
  return debt === undefined ? {} : { debt: debtView(debt) };
}

function runView(
  run: RunRecord,
  steps: readonly StepRecord[],
  objects: readonly ObjectRecord[],
  pods: readonly InventoryObject[],
): Omit<RunView, 'cluster' | 'reachable' | 'asOf' | 'wave' | 'debt' | 'questions' | 'left'> {
  const current = pods.filter((pod) => isCurrent(run, pod));
  return {
    id: run.id,
    targetId: run.targetId,
    clusterId: run.clusterId,
    namespace: run.namespace,
    state: run.state,
    attempt: run.attempt,
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt.toISOString() }),
    ...(run.appliedAt === undefined ? {} : { appliedAt: run.appliedAt.toISOString() }),
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt.toISOString() }),
    ready: current.filter((pod) => pod.health === 'healthy').length,
    desired: current.length,
    objects: objects.map((object) => {
      const step = steps.find((candidate) => candidate.seq === object.seq);
      return {
        group: object.group,
        kind: object.kind,
        ...(object.namespace === '' ? {} : { namespace: object.namespace }),
        name: object.name,
        ...(step?.kind === 'leave'
          ? { state: 'current' as const, detail: 'left as the cluster has it' }
          : {
              state: step?.state ?? 'waiting',
              ...(step?.detail === undefined ? {} : { detail: step.detail }),
            }),
      };
    }),
    pods: pods.map((pod) => {
      const image = firstImage(pod);
      return {
        name: pod.name,
        uid: pod.uid,
        health: pod.health,
        statusText: pod.statusText,
        restarts: pod.restarts ?? 0,
        ...(pod.node === undefined ? {} : { node: pod.node }),
        ...(image === undefined ? {} : { image }),
        ...(pod.createdAt === undefined ? {} : { createdAt: pod.createdAt }),
        current: isCurrent(run, pod),
      };
    }),
    ...(run.verdict === undefined ? {} : { verdict: run.verdict }),
    findings: [...run.findings],
  };
}

/** States of a run that has written, or writes. */
const hasBegun: ReadonlySet<RunRecord['state']> = new Set(['applying', 'gating', 'pruning', 'healthy', 'failed']);

/** Of this release's revision: by the labels that the gate saw; before it is known, every pod of a run that has begun. */
function isCurrent(run: RunRecord, pod: InventoryObject): boolean {
  if (run.startedAt === undefined) return false;
  return isOfGate(run.gate, pod.labels) ?? hasBegun.has(run.state);
}

function firstImage(pod: InventoryObject): string | undefined {
  const { images } = pod.facts;
  const first = Array.isArray(images) ? (images[0] as unknown) : undefined;
  return typeof first === 'string' ? first : undefined;
}
