import type { ReleaseStrategy, WaveSpec } from '@quarterdeck/contracts';
import { type Command, command, isRefusal } from './commands.ts';
import { decide } from './decide.ts';
import {
  type Action,
  atOnce,
  backwards,
  hasRunEnded,
  isOutOfReach,
  isUnfinished,
  type MachineRows,
  passing,
  type RunRow,
  type Vote,
  type WaveRow,
} from './machine-rows.ts';
import { type PreflightResult, preflightActions } from './preflight-actions.ts';

type Release = MachineRows['release'] & { waves: WaveRow[]; runs: ModelRun[]; votes: Vote[] };
/** What a target missed; those that it missed before lie under it. */
type Debt = { release: Release; isSkipped: boolean; catchUp: Release | undefined };
type ModelRun = RunRow & { fence: number; leaseUntil: number; generation: number };

/** Who holds a run, as the worker itself believes. */
type Holder = { run: ModelRun; release: Release; fence: number };

export type Step =
  | { do: 'create'; kind: 'deploy' | 'rollback'; strategy: number }
  | { do: 'tick'; ms: number }
  | { do: 'advance'; release: number }
  | { do: 'preflight'; release: number; finds: 'nothing' | 'refusal' | 'question' }
  | { do: 'take'; run: number }
  | { do: 'write'; holder: number }
  | { do: 'verdict'; holder: number; healthy: boolean; stale: boolean }
  | { do: 'crash'; holder: number }
  | { do: 'cluster'; index: number; reachable: boolean }
  | { do: 'freeze'; on: boolean }
  | { do: 'sweep' }
  | { do: 'vote'; release: number; wave: number; user: number; approve: boolean; stale: boolean }
  | { do: 'command'; release: number; command: Exclude<Command['do'], 'prune'>; target: number };

export type Guards = {
  /** The index of active runs per target. */
  oneActive: boolean;
  fence: boolean;
  /** Health counts from the generation that was written. */
  generation: boolean;
  /** A worker asks before each write whether its release still goes on. */
  safePoint: boolean;
  /** What did not bring a debt is followed by another. */
  followed: boolean;
};

export const clusterCount = 5;
const leaseMs = 8000;
const graceMs = 8000;

/**
 * Releases of one environment as the store and the workers treat them, in memory on a clock that is moved by hand. Each
 * step checks the invariants that it could break and throws the one it breaks, by its number in the design.
 */
export class MachineModel {
  private now = 1_000_000;
  private readonly releases: Release[] = [];
  private readonly holders: Holder[] = [];
  private readonly unreachable = new Set<string>();
  private isFrozen = false;
  /** Per target: the release that wrote last, and its generation there. */
  private readonly written = new Map<string, { number: number; generation: number }>();
  private readonly rolledBack = new Map<string, number>();
  private readonly debts = new Map<string, Debt[]>();
  readonly seen = new Set<string>();
  private readonly decide: typeof decide;

  private readonly guards: Guards;

  /** @param guards what the store and the workers see to; each can be left out to show that its loss is noticed */
  constructor(decideUnderTest: typeof decide = decide, guards: Partial<Guards> = {}) {
    this.decide = decideUnderTest;
    this.guards = { oneActive: true, fence: true, generation: true, safePoint: true, followed: true, ...guards };
  }

  step(step: Step): void {
    switch (step.do) {
      case 'create':
        this.create(step.kind, strategies[step.strategy % strategies.length] ?? atOnce, false);
        break;
      case 'tick':
        this.now += step.ms;
        break;
      case 'advance':
        this.advance(this.pick(this.releases, step.release));
        break;
      case 'preflight':
        this.preflight(this.pick(this.releases, step.release), step.finds);
        break;
      case 'take':
        this.take(step.run);
        break;
      case 'write':
        this.write(this.pick(this.holders, step.holder));
        break;
      case 'verdict':
        this.verdict(this.pick(this.holders, step.holder), step.healthy, step.stale);
        break;
      case 'crash':
        if (this.holders.length > 0) this.holders.splice(step.holder % this.holders.length, 1);
        break;
      case 'cluster':
        if (step.reachable) this.unreachable.delete(clusterOf(step.index));
        else this.unreachable.add(clusterOf(step.index));
        break;
      case 'sweep':
        this.sweep();
        break;
      case 'freeze':
        this.isFrozen = step.on;
        break;
      case 'vote':
        this.vote(step);
        break;
      case 'command':
        this.command(step);
        break;
    }
    this.check();
  }

  /** Everything that is still open comes to an end, and once more when people let go what was left. */
  settle(): void {
    this.comeToEnd();
    for (const release of this.releases) this.letGo(release);
    this.comeToEnd();
  }

  /** Somebody lets go what a release left: where nothing newer wrote, as the store asks (`newerOn`). */
  private letGo(release: Release): void {
    const targetIds = release.runs.flatMap(({ targetId }) =>
      this.written.get(targetId)?.number === release.number ? [targetId] : [],
    );
    const answer = targetIds.length === 0 ? [] : command(this.rowsOf(release), { do: 'prune', targetIds });
    if (isRefusal(answer) || answer.length === 0) return;
    this.seen.add('confirmed');
    for (const action of answer) this.apply(release, action);
    this.advance(release);
    this.check();
  }

  /** Everything that is still open comes to an end, or stands with a reason, when clusters, clock and people allow it. */
  private comeToEnd(): void {
    this.unreachable.clear();
    this.isFrozen = false;
    for (let round = 0; round < 60; round += 1) {
      this.now += 20_000;
      this.sweep();
      const open = this.releases.filter(({ state, runs }) => isUnfinished(state) || !runs.every(hasRunEnded));
      if (open.length === 0) {
        this.checkDebts();
        return;
      }
      for (const release of open) {
        this.preflight(release, 'nothing');
        this.advance(release);
      }
      while (this.take(0));
      for (const holder of [...this.holders]) {
        // Every other one that catches up meets its cluster as it goes away again for a moment.
        if (holder.release.kind === 'catch_up' && holder.release.number % 2 === 0 && this.isMine(holder))
          this.end(holder, 'deferred', 'cluster_unreachable');
        this.write(holder);
        this.verdict(holder, true, false);
      }
      this.check();
    }
    for (const release of this.releases) {
      const { waits } = this.decide(this.rowsOf(release), this.now);
      if (isUnfinished(release.state) && waits.length === 0)
        throw new Error(`12: #${release.number} is ${release.state} for ever, and says of nothing`);
      if (isUnfinished(release.state)) continue;
      const open = release.runs.find((run) => !hasRunEnded(run));
      if (open !== undefined) throw new Error(`12: #${release.number} ended with a run that is ${open.state}`);
    }
  }

  private pick<T>(items: readonly T[], index: number): T | undefined {
    return items.length === 0 ? undefined : items[index % items.length];
  }

  private create(
    kind: Release['kind'],
    strategy: ReleaseStrategy,
    isAutomatic: boolean,
    targets?: readonly string[],
  ): Release {
    const number = this.releases.length + 1;
    const names = targets ?? Array.from({ length: clusterCount }, (_, index) => `t${index}`);
    const release: Release = {
      id: `r${number}`,
      number,
      kind,
      state: strategy.approval === undefined ? 'queued' : 'awaiting_approval',
      strategy,
      contentSha256: `bytes-${number}`,
      createdById: 'maker',
      createdAt: this.now,
      pausedReason: undefined,
      freezeOverridden: false,
      isAutomatic,
      preflighted: kind !== 'deploy',
      isRolledBack: false,
      waves: strategy.waves.map((spec, index) => ({ index, spec, state: 'pending', soakUntil: undefined })),
      votes: [],
      runs: names.map((targetId, place) => ({
        id: `${number}-${targetId}`,
        targetId,
        clusterId: clusterOf(Number(targetId.slice(1))),
        wave: waveOf(strategy.waves, place, names.length),
        place,
        state: 'pending',
        admitted: false,
        forgiven: false,
        reason: undefined,
        startedAt: undefined,
        hasLeftovers: number % 2 === 0,
        fence: 0,
        leaseUntil: 0,
        generation: 0,
      })),
    };
    this.releases.push(release);
    this.advance(release);
    return release;
  }

  /** As `endPreflight`: what is found in the first wave ends the release, or makes a target ask. */
  private preflight(release: Release | undefined, finds: 'nothing' | 'refusal' | 'question'): void {
    if (release === undefined || release.preflighted || release.state !== 'rolling') return;
    const first = release.runs.filter(({ wave }) => wave === 0);
    for (const run of first) if (run.state === 'blocked' && run.reason === 'conflict') this.answer(release, run);
    const [run] = first.filter(({ state }) => state === 'pending');
    const said = { summary: '', evidence: [] };
    const result: PreflightResult = {
      nothing: { outcome: 'passed' as const, findings: [] },
      refusal: { outcome: 'refused' as const, findings: [], verdict: { ...said, code: 'quota_exceeded' } },
      question: { outcome: 'asks' as const, findings: [], verdict: { ...said, code: 'conflict' }, questions: [] },
    }[finds];
    const results = new Map(run === undefined ? [] : [[run.id, result]]);
    const isElsewhere =
      run !== undefined &&
      this.releases.some((other) =>
        other.runs.some((theirs) => theirs !== run && theirs.targetId === run.targetId && isActive(theirs)),
      );
    if (finds === 'question' && isElsewhere) return;
    for (const action of preflightActions(this.rowsOf(release), results)) this.apply(release, action);
    this.advance(release);
  }

  /** Somebody decides what a run asked. */
  private answer(release: Release, run: ModelRun): void {
    this.setRun(release, { type: 'run', runId: run.id, state: 'pending' });
  }

  private rowsOf(release: Release): MachineRows {
    const frozen = { until: this.now + 60_000, name: 'freeze', holdsRollbacks: false };
    return {
      release,
      waves: release.waves,
      runs: release.runs,
      votes: release.votes,
      frozen: this.isFrozen ? frozen : undefined,
      others: this.releases
        .filter((other) => other !== release && isUnfinished(other.state))
        .map(({ id, number, kind, state }) => ({ id, number, kind, state })),
      unreachable: this.unreachable,
      unwell: new Map(),
    };
  }

  private advance(release: Release | undefined): void {
    if (release === undefined) return;
    for (const action of this.decide(this.rowsOf(release), this.now).actions) this.apply(release, action);
    // Twice is once: what was decided needs nothing more at the same moment.
    const again = this.decide(this.rowsOf(release), this.now).actions;
    for (const action of again) this.apply(release, action);
    if (again.length > 0) throw new Error(`not settled at once: ${JSON.stringify(again)}`);
  }

  private apply(release: Release, action: Action): void {
    switch (action.type) {
      case 'release':
        this.setState(release, action.state, action.reason);
        break;
      case 'wave':
        this.setWave(release, action);
        break;
      case 'admit':
        this.admit(release, action.runId);
        break;
      case 'run':
        this.setRun(release, action);
        break;
      case 'forgive':
        for (const run of release.runs) if (run.id === action.runId) run.forgiven = true;
        break;
      case 'look_again':
        for (const run of release.runs) if (run.id === action.runId) run.hasLeftovers = true;
        break;
      case 'supersede':
        for (const other of this.releases) if (other.id === action.releaseId) this.supersede(other);
        break;
      case 'roll_back':
        this.rollBack(release, action.targetIds);
        break;
      case 'preflighted':
        release.preflighted = true;
        break;
      case 'owe':
        this.owe(release, action.targetId, action.reason === 'skipped');
        break;
      case 'reject_images':
        break;
    }
  }

  private setState(release: Release, state: Release['state'], reason: string | undefined): void {
    this.seen.add(`release ${state}${reason === undefined ? '' : ` ${reason}`}`);
    if (state === 'rolling' && release.state === 'queued' && this.holds(release))
      throw new Error(`9: #${release.number} started in a freeze`);
    if (
      state === 'rolling' &&
      release.state === 'queued' &&
      this.approvals(release, undefined) < (release.strategy.approval?.count ?? 0)
    )
      throw new Error(`11: #${release.number} started without its approvals`);
    release.state = state;
    release.pausedReason = state === 'paused' ? reason : undefined;
  }

  /** A freeze that holds this release: rollbacks pass. */
  private holds(release: Release): boolean {
    return this.isFrozen && release.kind !== 'rollback';
  }

  private setWave(release: Release, action: Extract<Action, { type: 'wave' }>): void {
    const wave = release.waves[action.index];
    if (wave === undefined) return;
    this.seen.add(`wave ${action.state}`);
    if (wave.state === 'pending' && action.state === 'running') this.checkOpening(release, wave);
    wave.state = action.state;
    wave.soakUntil = action.soakUntil;
  }

  private checkOpening(release: Release, wave: WaveRow): void {
    if (this.holds(release)) throw new Error(`9: wave ${wave.index} of #${release.number} opened in a freeze`);
    if (this.approvals(release, wave.index) < (wave.spec.approval?.count ?? 0))
      throw new Error(`11: wave ${wave.index} of #${release.number} opened without its approvals`);
    for (const before of release.waves.slice(0, wave.index)) {
      const runs = release.runs.filter((run) => run.wave === before.index);
      const failed = runs.filter((run) => run.state === 'failed' && !run.forgiven).length;
      if (before.state !== 'done' || !runs.every(hasRunEnded) || failed > mayFail(before.spec, runs.length))
        throw new Error(`3: wave ${wave.index} of #${release.number} opened before wave ${before.index} was good`);
    }
  }

  /** Counted here by hand, so that it can disagree with what is tested. */
  private approvals(release: Release, wave: number | undefined): number {
    const good = release.votes.filter(
      (vote) =>
        vote.wave === wave &&
        vote.isValid &&
        vote.decision === 'approve' &&
        vote.userId !== release.createdById &&
        vote.contentSha256 === release.contentSha256,
    );
    return new Set(good.map(({ userId }) => userId)).size;
  }

  private admit(release: Release, runId: string): void {
    const run = release.runs.find(({ id }) => id === runId);
    if (run === undefined) return;
    if (release.state !== 'rolling')
      throw new Error(`4: a run of #${release.number} was let go while it is ${release.state}`);
    if (isOverBudget(release)) throw new Error(`4: a run of #${release.number} was let go over budget`);
    if (release.waves[run.wave]?.state !== 'running')
      throw new Error(`3: a run of #${release.number} was let go before its wave`);
    run.admitted = true;
  }

  private setRun(release: Release, action: Extract<Action, { type: 'run' }>): void {
    const run = release.runs.find(({ id }) => id === action.runId);
    if (run === undefined) return;
    this.seen.add(`run ${action.state}`);
    if (action.state === 'pending') {
      Object.assign(run, {
        admitted: run.admitted && run.state === 'blocked',
        forgiven: false,
        reason: undefined,
        leaseUntil: 0,
      });
    } else if (action.reason !== undefined) run.reason = action.reason;
    run.state = action.state;
  }

  private supersede(other: Release): void {
    for (const run of other.runs) if (run.state === 'pending' || run.state === 'blocked') run.state = 'cancelled';
    other.state = 'superseded';
    this.seen.add('release superseded');
  }

  private rollBack(release: Release, targetIds: readonly string[]): void {
    this.seen.add('rollback');
    if (release.kind === 'rollback') throw new Error(`10: #${release.number} is a rollback and was rolled back`);
    const count = (this.rolledBack.get(release.id) ?? 0) + 1;
    this.rolledBack.set(release.id, count);
    if (count > 1) throw new Error(`10: #${release.number} was rolled back ${count} times`);
    const untouched = targetIds.find((id) => release.runs.find((run) => run.targetId === id)?.startedAt === undefined);
    if (untouched !== undefined)
      throw new Error(`10: ${untouched} was rolled back, although nothing was written there`);
    release.isRolledBack = true;
    if (targetIds.length > 0) this.create('rollback', backwards, true, targetIds);
  }

  /** As `oweTargets`: what one that catches up did not bring is owed already. */
  private owe(release: Release, targetId: string, isSkipped: boolean): void {
    if (release.kind === 'catch_up') return;
    const stack = this.debts.get(targetId) ?? [];
    const rest = stack.filter((debt) => debt.release !== release);
    this.debts.set(targetId, [...rest, { release, isSkipped, catchUp: undefined }]);
  }

  /** As `catchUps.sweep`: what has become moot is dropped, what clusters missed follows; the pauses are over. */
  private sweep(): void {
    for (const [targetId, stack] of this.debts) {
      const left = stack.filter(({ release }) => !['failed', 'aborted', 'superseded'].includes(release.state));
      this.debts.set(targetId, left);
      const debt = left.at(-1);
      if (debt === undefined || !this.follows(debt, targetId)) continue;
      if (this.releases.some(({ state }) => isUnfinished(state))) continue;
      if (this.unreachable.has(clusterOf(Number(targetId.slice(1))))) continue;
      this.seen.add(debt.catchUp === undefined ? 'followed' : 'followed again');
      debt.catchUp = this.create('catch_up', atOnce, true, [targetId]);
    }
  }

  /** Without anybody's word; of one that is under way it is not said yet. */
  private follows({ release, isSkipped, catchUp }: Debt, targetId: string): boolean {
    if (isSkipped || !['succeeded', 'partial'].includes(release.state)) return false;
    if (catchUp === undefined) return true;
    if (!this.guards.followed) return false;
    const reason = catchUp.runs.find((run) => run.targetId === targetId)?.reason ?? '';
    return catchUp.state === 'superseded' || (['partial', 'failed'].includes(catchUp.state) && passing.has(reason));
  }

  /** Nothing is under way and every cluster answers: what is owed still is for a person, and it is said why. */
  private checkDebts(): void {
    for (const [targetId, stack] of this.debts) {
      const debt = stack.at(-1);
      if (debt === undefined || debt.isSkipped) continue;
      const run = debt.catchUp?.runs.find((each) => each.targetId === targetId);
      const isSaid = debt.catchUp?.state === 'aborted' || (run?.reason !== undefined && !passing.has(run.reason));
      if (!isSaid) throw new Error(`14: ${targetId} is owed #${debt.release.number} for ever, and nobody is asked`);
    }
  }

  /** As `takeWork` chooses, and as a taken run starts. */
  private take(index: number): boolean {
    const free = this.releases.flatMap((release) =>
      (release.runs.every(hasRunEnded) ? [] : release.runs)
        .filter((run) => {
          const isFree = run.leaseUntil + (run.leaseUntil === 0 ? 0 : graceMs) < this.now;
          const others =
            this.guards.oneActive &&
            this.releases.some((other) =>
              other.runs.some((theirs) => theirs !== run && theirs.targetId === run.targetId && isActive(theirs)),
            );
          const mayStart = run.state === 'pending' && run.admitted && release.state === 'rolling' && !others;
          const standsStill = release.state === 'paused' && release.pausedReason !== 'person';
          return isFree && (mayStart || (['applying', 'gating', 'pruning'].includes(run.state) && !standsStill));
        })
        .map((run) => ({ run, release })),
    );
    const chosen = this.pick(free, index);
    if (chosen === undefined) return false;
    const { run, release } = chosen;
    run.fence += 1;
    run.leaseUntil = this.now + leaseMs;
    this.holders.push({ run, release, fence: run.fence });
    if (run.state === 'pending') {
      run.state = 'applying';
      run.startedAt = this.now;
    }
    return true;
  }

  private isMine(holder: Holder): boolean {
    return holder.run.fence === holder.fence && holder.run.leaseUntil > this.now;
  }

  /** One write into the cluster: what a worker checks before it, then the invariants of writes. */
  private write(holder: Holder | undefined): void {
    if (holder === undefined || (this.guards.fence && !this.isMine(holder))) return;
    const { run, release } = holder;
    if (run.state === 'pruning') {
      this.prune(holder);
      return;
    }
    if (run.state !== 'applying') return;
    if (this.leavesOff(holder)) return;
    if (!release.preflighted)
      throw new Error(`13: #${release.number} wrote on ${run.targetId} before its first wave was looked at`);
    if (!this.isMine(holder)) throw new Error(`5: a worker wrote on ${run.targetId} under an old fence`);
    const last = this.written.get(run.targetId);
    if (last !== undefined && last.number > release.number)
      throw new Error(`7: #${release.number} wrote on ${run.targetId} after #${last.number}`);
    if (isOverBudget(release)) throw new Error(`4: #${release.number} wrote over budget`);
    run.generation = (last?.generation ?? 0) + 1;
    this.written.set(run.targetId, { number: release.number, generation: run.generation });
    run.state = 'gating';
    run.leaseUntil = this.now + leaseMs;
  }

  /** Takes away what the release no longer has: only after it went well everywhere. */
  private prune(holder: Holder): void {
    const { run, release } = holder;
    if (!isUnderWay(release) || !this.isMine(holder)) {
      this.end(holder, 'healthy', undefined);
      return;
    }
    if (release.runs.some(({ state }) => state !== 'healthy' && state !== 'pruning'))
      throw new Error(`8: #${release.number} deleted on ${run.targetId} before it was healthy everywhere`);
    const last = this.written.get(run.targetId)?.number ?? 0;
    if (last > release.number) throw new Error(`7: #${release.number} deleted on ${run.targetId} after #${last} wrote`);
    this.seen.add('pruned');
    run.hasLeftovers = false;
    this.end(holder, 'healthy', undefined);
  }

  /** Health as the gate sees it: one of an older generation says nothing. */
  private verdict(holder: Holder | undefined, healthy: boolean, stale: boolean): void {
    if (holder === undefined || !this.isMine(holder)) return;
    const { run, release } = holder;
    if (run.state !== 'gating') return;
    if (this.leavesOff(holder)) return;
    const isOld = stale || this.written.get(run.targetId)?.generation !== run.generation;
    if (isOld && this.guards.generation) return;
    if (isOld) throw new Error(`6: #${release.number} was judged on ${run.targetId} by what was there before`);
    this.end(holder, healthy ? 'healthy' : 'failed', healthy ? undefined : 'image_pull');
  }

  /** What a worker sees before each step: the release is over or stands still, or the cluster does not answer. */
  private leavesOff(holder: Holder): boolean {
    const { run, release } = holder;
    const standsStill = release.state === 'paused' && release.pausedReason !== 'person' && run.state === 'applying';
    if (this.guards.safePoint && !isUnderWay(release)) this.end(holder, 'cancelled', undefined);
    else if (this.guards.safePoint && standsStill) this.drop(holder);
    else if (this.unreachable.has(run.clusterId)) {
      const isSkipped = release.strategy.unreachable === 'skip';
      if (isSkipped) this.owe(release, run.targetId, false);
      this.end(holder, isSkipped ? 'deferred' : 'blocked', 'cluster_unreachable');
    } else return false;
    return true;
  }

  /** The end of a run and what follows are one transaction. */
  private end(holder: Holder, state: RunRow['state'], reason: string | undefined): void {
    Object.assign(holder.run, { state, reason, leaseUntil: 0 });
    if (state === 'healthy') this.debts.delete(holder.run.targetId);
    this.drop(holder);
    this.advance(holder.release);
  }

  private drop(holder: Holder): void {
    const index = this.holders.indexOf(holder);
    if (index >= 0) this.holders.splice(index, 1);
    if (holder.run.fence === holder.fence) holder.run.leaseUntil = 0;
  }

  private vote(step: Extract<Step, { do: 'vote' }>): void {
    const release = this.pick(this.releases, step.release);
    if (release === undefined || !isUnfinished(release.state)) return;
    const userId = ['maker', 'anna', 'ben', 'gone'][step.user % 4] ?? 'anna';
    const wave = step.wave === 0 ? undefined : step.wave - 1;
    release.votes = release.votes.filter((vote) => vote.userId !== userId || vote.wave !== wave);
    release.votes.push({
      wave,
      userId,
      decision: step.approve ? 'approve' : 'reject',
      contentSha256: step.stale ? 'other bytes' : release.contentSha256,
      isValid: userId !== 'gone',
    });
    this.advance(release);
  }

  private command(step: Extract<Step, { do: 'command' }>): void {
    const release = this.pick(this.releases, step.release);
    if (release === undefined) return;
    if (step.command === 'retry' && release !== this.releases.at(-1)) return;
    const targetId = `t${step.target % clusterCount}`;
    const wanted: Command =
      step.command === 'skip' || step.command === 'retry' ? { do: step.command, targetId } : { do: step.command };
    const answer = command(this.rowsOf(release), wanted);
    if (isRefusal(answer)) return;
    for (const action of answer) this.apply(release, action);
    this.advance(release);
  }

  /** What holds at every moment. */
  private check(): void {
    const lanes = this.releases.filter(({ state }) => state === 'rolling' || state === 'paused');
    if (lanes.length > 1)
      throw new Error(`two releases are on their way: ${lanes.map(({ number }) => number).join(', ')}`);
    for (const release of this.releases) {
      for (const wave of release.waves) {
        const inFlight = release.runs.filter((run) => run.wave === wave.index && run.admitted && !hasRunEnded(run));
        if (inFlight.length > wave.spec.maxConcurrent)
          throw new Error(`1: ${inFlight.length} runs of wave ${wave.index} of #${release.number} are in flight`);
      }
      for (const run of release.runs)
        if (run.state === 'blocked' && !isOutOfReach(run.reason) && run.reason !== 'conflict')
          throw new Error(`12: a run of #${release.number} is blocked for no reason`);
    }
    for (let index = 0; index < clusterCount; index += 1) {
      const active = this.releases.flatMap(({ runs }) =>
        runs.filter((run) => run.targetId === `t${index}` && isActive(run)),
      );
      // Without the safe point as well, it is the write itself that must be noticed.
      if (active.length > 1 && this.guards.safePoint) throw new Error(`2: t${index} has ${active.length} active runs`);
    }
  }
}

const isUnderWay = ({ state }: Pick<Release, 'state'>) => state === 'rolling' || state === 'paused';
const isActive = (run: RunRow) => ['applying', 'gating', 'blocked', 'pruning'].includes(run.state);

/** Counted here by hand, so that it can disagree with what is tested. */
function mayFail({ failureBudget }: WaveSpec, targets: number): number {
  return typeof failureBudget === 'number'
    ? failureBudget
    : Math.trunc((targets * Number.parseInt(failureBudget, 10)) / 100);
}

function isOverBudget(release: Release): boolean {
  return release.waves.some((wave) => {
    const runs = release.runs.filter((run) => run.wave === wave.index);
    const failed = runs.filter((run) => run.state === 'failed' && !run.forgiven).length;
    return wave.state !== 'pending' && failed > mayFail(wave.spec, runs.length);
  });
}

function clusterOf(index: number): string {
  return `c${index % clusterCount}`;
}

function waveOf(waves: readonly WaveSpec[], place: number, targets: number): number {
  return Math.min(waves.length - 1, Math.floor((place * waves.length) / targets));
}

const wave = (change: Partial<WaveSpec>, index: number): WaveSpec => ({
  name: `w${index}`,
  select: { rest: true },
  maxConcurrent: 1,
  failureBudget: 0,
  soakSeconds: 0,
  ...change,
});

/** Of every kind that matters: narrow and wide, with and without budget, soak, approvals, each policy. */
const strategies: readonly ReleaseStrategy[] = [
  atOnce,
  {
    name: 'careful',
    waves: [{ soakSeconds: 30 }, { maxConcurrent: 2, failureBudget: 1 }, { maxConcurrent: 2 }].map(wave),
    onFailure: 'rollback',
    unreachable: 'block',
    supersede: 'replace-pending',
  },
  {
    name: 'approved',
    waves: [{}, { approval: { count: 2 }, maxConcurrent: 3, failureBudget: '50%' as const }].map(wave),
    approval: { count: 1 },
    onFailure: 'pause',
    unreachable: 'skip',
    supersede: 'replace-pending',
  },
  {
    name: 'hasty',
    waves: [{ maxConcurrent: 3 }, { maxConcurrent: 5, soakSeconds: 5 }].map(wave),
    onFailure: 'rollback',
    unreachable: 'skip',
    supersede: 'replace-running',
  },
];
