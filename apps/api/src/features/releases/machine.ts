import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { conflict } from '../../platform/errors.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { DeliveryRules } from '../applications/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { AutomaticReleases } from './automatic-releases.ts';
import { type Command, command, isRefusal } from './commands.ts';
import { decide } from './decide.ts';
import type { MachineStore } from './machine.store.ts';
import type { Action, Decision, MachineRows, StoredRows, Vote } from './machine-rows.ts';
import { type PreflightResult, preflightActions } from './preflight-actions.ts';
import type { QuestionsStore, RunQuestion } from './questions.store.ts';
import type { HeldRun, RunState, StoredVerdict } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RunsStore } from './runs.store.ts';
import type { VoteRecord } from './votes.store.ts';

/** What else a decision depends on; read before its transaction, since clusters and rights change at any time anyway. */
export type Facts = Pick<MachineRows, 'unreachable' | 'unwell'> & {
  votes: readonly (VoteRecord & Pick<Vote, 'isValid'>)[];
};

export type ReleaseMachine = {
  facts(releaseId: string): Promise<Facts>;
  /** Whatever can happen to the release now, happens. */
  advance(releaseId: string): Promise<void>;
  /** As `advance`, within a transaction that has just made the release while it held the environment's row. */
  advanceNew(tx: Transaction, releaseId: string, facts: Facts): Promise<void>;
  /** As `advance`, within a transaction. */
  advanceIn(tx: Transaction, releaseId: string, facts: Facts): Promise<void>;
  /** What the preflight of a first wave came to. */
  endPreflight(releaseId: string, results: ReadonlyMap<string, PreflightResult>): Promise<void>;
  /** A run leaves its worker with questions for a person. False when the fence is lost. */
  ask(run: HeldRun, verdict: StoredVerdict, questions: readonly RunQuestion[]): Promise<boolean>;
  /** Somebody has decided what a run asked: it is looked at again, and goes on. */
  answered(tx: Transaction, releaseId: string, runId: string, facts: Facts): Promise<void>;
  /** A release that cannot be planned ends before it began; within a transaction that holds it. */
  refuseIn(tx: Transaction, releaseId: string, reason: string): Promise<void>;
  /** @throws AppError 409 with the reason why it cannot be done now */
  command(tx: Transaction, releaseId: string, wanted: Command, facts: Facts): Promise<void>;
  /** A run leaves its worker: its end and what follows from it are one transaction. False when the fence is lost. */
  endRun(
    run: HeldRun,
    state: Extract<RunState, 'healthy' | 'failed' | 'cancelled'>,
    verdict: StoredVerdict | undefined,
  ): Promise<boolean>;
  /** The cluster does not answer: the run waits for it, or is owed, as the strategy says. False when the fence is lost. */
  unreachable(run: HeldRun, verdict: StoredVerdict): Promise<boolean>;
  /** What the release waits for, for its page. */
  explain(releaseId: string): Promise<{ rows: StoredRows; facts: Facts; decision: Decision } | undefined>;
};

/** Carries out what `decide` says, under a lock of the release. */
export function createReleaseMachine(deps: {
  database: Database;
  access: Access;
  audit: Audit;
  clusters: Clusters;
  rules: DeliveryRules;
  store: ReleasesStore;
  machineStore: MachineStore;
  runs: RunsStore;
  automatic: AutomaticReleases;
  questions: QuestionsStore;
  unwell: (rows: StoredRows) => Promise<ReadonlyMap<string, string>>;
}): ReleaseMachine {
  const { database, access, audit, clusters, rules, store, machineStore, runs, automatic, questions } = deps;

  /** Of a release that is about to be made nobody has voted yet. */
  async function facts(releaseId: string): Promise<Facts> {
    const [records, outlook] = await Promise.all([clusters.records(), machineStore.outlook(releaseId)]);
    const rows = outlook?.soaks === true ? await machineStore.load(database.keyed, releaseId) : undefined;
    const judged = await Promise.all(
      (outlook?.votes ?? []).map(async (vote) => {
        const principal = await access.accountOf(vote.userId);
        const { projectId = '', environmentId = '' } = outlook ?? {};
        const isValid =
          principal !== undefined && (await access.may(principal, 'releases:approve', { projectId, environmentId }));
        return { ...vote, isValid };
      }),
    );
    return {
      unreachable: new Set(records.flatMap(({ id, state }) => (isReachable(state) ? [] : [id]))),
      unwell: rows === undefined ? new Map() : await deps.unwell(rows),
      votes: judged,
    };
  }

  async function decideOn(on: Queryable, rows: StoredRows, known: Facts): Promise<Decision> {
    const frozen = await rules.frozenAt(on, rows.place, rows.now);
    return decide({ ...rows, ...known, frozen }, rows.now);
  }

  async function carryOut(tx: Transaction, rows: StoredRows, actions: readonly Action[]): Promise<void> {
    await machineStore.persist(tx, rows, actions);
    for (const action of actions) {
      if (action.type === 'roll_back') await automatic.rollBack(tx, rows, action.targetIds);
      if (action.type === 'supersede') await store.notify(tx, action.releaseId);
    }
    await recordStops(tx, rows, actions);
    if (actions.length === 0) return;
    if (actions.some(({ type }) => type === 'release' || type === 'supersede'))
      await machineStore.wakeLane(tx, rows.place.appEnvironmentId);
    await store.notify(tx, rows.release.id);
    store.wakeWorkers(tx);
  }

  /** What a rule did to a release, and not a person, whose own record says it. */
  async function recordStops(
    tx: Transaction,
    { release, place }: StoredRows,
    actions: readonly Action[],
  ): Promise<void> {
    const stops = actions.flatMap((action) =>
      action.type === 'release' && action.reason !== undefined && action.reason !== 'person'
        ? [{ ...action, reason: action.reason }]
        : [],
    );
    if (stops.length === 0) return;
    await audit.write(
      tx,
      worker,
      stops.map(({ state, reason }) => ({
        action: 'releases:operate',
        target: {
          kind: 'release',
          id: release.id,
          name: `${place.applicationSlug} #${release.number}`,
          project: place.projectId,
          environment: place.environmentId,
        },
        changes: [{ path: 'state', before: release.state, after: state }],
        reason,
      })),
    );
  }

  async function advanceIn(tx: Transaction, releaseId: string, known: Facts): Promise<void> {
    await machineStore.lock(tx, releaseId);
    await advanceHeld(tx, releaseId, known);
  }

  /** Of a release that the transaction has locked already, or has just made. */
  async function advanceHeld(tx: Transaction, releaseId: string, known: Facts): Promise<void> {
    const rows = await machineStore.load(tx, releaseId);
    if (rows === undefined) return;
    const decision = await decideOn(tx, rows, known);
    await carryOut(tx, rows, decision.actions);
    await machineStore.setDue(tx, releaseId, decision.dueAt);
  }

  return {
    facts,
    advanceIn,
    advanceNew: advanceHeld,

    async advance(releaseId) {
      const known = await facts(releaseId);
      await database.transaction((tx) => advanceIn(tx, releaseId, known));
    },

    async endPreflight(releaseId, results) {
      const known = await facts(releaseId);
      await database.transaction(async (tx) => {
        await machineStore.lock(tx, releaseId);
        const rows = await machineStore.load(tx, releaseId);
        if (rows === undefined) return;
        const busy = await machineStore.busyTargets(tx, releaseId);
        const open = new Map(
          rows.runs.flatMap(({ id, targetId }) => {
            const result = results.get(id);
            // What it would ask is asked once the run before it has left the target.
            return result === undefined || (result.outcome === 'asks' && busy.has(targetId)) ? [] : [[id, result]];
          }),
        );
        for (const [runId, result] of open)
          if (result.outcome === 'asks') await questions.put(tx, runId, result.questions);
        await carryOut(tx, rows, preflightActions(rows, open));
        await machineStore.freePreflight(tx, releaseId);
        await advanceHeld(tx, releaseId, known);
      });
    },

    async ask(run, verdict, asked) {
      const known = await facts(run.releaseId);
      return database.transaction(async (tx) => {
        await machineStore.lock(tx, run.releaseId);
        if (!(await runs.end(run, 'blocked', verdict, tx))) return false;
        await questions.put(tx, run.id, asked);
        await store.notify(tx, run.releaseId);
        await advanceHeld(tx, run.releaseId, known);
        return true;
      });
    },

    async answered(tx, releaseId, runId, known) {
      await machineStore.lock(tx, releaseId);
      const rows = await machineStore.load(tx, releaseId);
      if (rows?.runs.find(({ id }) => id === runId)?.state !== 'blocked')
        throw conflict('nothing_to_decide', 'Somebody else has decided meanwhile.');
      await questions.put(tx, runId, []);
      await carryOut(tx, rows, [{ type: 'run', runId, state: 'pending' }]);
      await machineStore.goOnNow(tx, releaseId, runId);
      await advanceHeld(tx, releaseId, known);
    },

    async refuseIn(tx, releaseId, reason) {
      const rows = await machineStore.load(tx, releaseId);
      if (rows?.release.state !== 'planning') return;
      await carryOut(tx, rows, [
        ...rows.runs.map(({ id }): Action => ({ type: 'run', runId: id, state: 'cancelled' })),
        { type: 'release', state: 'refused', reason },
      ]);
    },

    async command(tx, releaseId, wanted, known) {
      await machineStore.lock(tx, releaseId);
      const rows = await machineStore.load(tx, releaseId);
      if (rows === undefined) return;
      const answer = command({ ...rows, ...known, frozen: undefined }, wanted);
      if (isRefusal(answer)) throw conflict(answer.code, answer.detail);
      await carryOut(tx, rows, answer);
      await advanceHeld(tx, releaseId, known);
    },

    async endRun(run, state, verdict) {
      const known = await facts(run.releaseId);
      return database.transaction(async (tx) => {
        await machineStore.lock(tx, run.releaseId);
        if (!(await runs.end(run, state, verdict, tx))) return false;
        await advanceHeld(tx, run.releaseId, known);
        return true;
      });
    },

    async unreachable(run, verdict) {
      const known = await facts(run.releaseId);
      return database.transaction(async (tx) => {
        await machineStore.lock(tx, run.releaseId);
        const rows = await machineStore.load(tx, run.releaseId);
        const skips = rows?.release.strategy.unreachable === 'skip';
        // What is to be removed cannot be owed: it would be put there again.
        const state = run.releaseKind === 'remove' ? 'failed' : skips ? 'deferred' : 'blocked';
        if (rows === undefined || !(await runs.end(run, state, verdict, tx))) return false;
        if (state === 'deferred')
          await machineStore.persist(tx, rows, [{ type: 'owe', targetId: run.targetId, reason: 'unreachable' }]);
        await advanceHeld(tx, run.releaseId, known);
        return true;
      });
    },

    async explain(releaseId) {
      const [rows, known] = await Promise.all([machineStore.load(database.keyed, releaseId), facts(releaseId)]);
      if (rows === undefined) return undefined;
      return { rows, facts: known, decision: await decideOn(database.keyed, rows, known) };
    },
  };
}

const worker = systemActor('worker', ['releases:operate']);

/** Clusters that are cut off by us or by the network keep runs waiting. */
export function isReachable(state: string): boolean {
  return state === 'connected' || state === 'degraded';
}
