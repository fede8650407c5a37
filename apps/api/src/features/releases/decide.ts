import type { WaveSpec } from '@quarterdeck/contracts';
import {
  type Action,
  type Decision,
  hasRunEnded,
  isOutOfReach,
  type MachineRows,
  notItsFault,
  type OtherRelease,
  type RunRow,
  type Wait,
  type WaveRow,
} from './machine-rows.ts';
import { whyVoid } from './vote-counts.ts';

/** A release that nobody approves ends by itself. */
export const approvalMs = 7 * 24 * 3600_000;
/** A registry that must say what a tag names is waited for this long. */
export const registryMs = 30 * 60_000;
/** Clusters that are away, and pods while a wave soaks, are looked at this often; nothing wakes it for them. */
const lookAgainMs = 5000;
/** All else wakes it: runs that end, votes, a lane that is free. This is for what nobody thought of. */
const inAnyCaseMs = 60_000;

/**
 * What a release does next, by its rows and the time: the one place where waves open, budgets break and releases end.
 * Pure; runs under a lock of the release, and only runs themselves touch clusters.
 */
export function decide(rows: MachineRows, now: number): Decision {
  const draft = new Draft(rows, now);
  if (draft.state === 'planning') awaitRegistry(draft);
  if (draft.state === 'awaiting_approval' || draft.state === 'queued') awaitApproval(draft);
  if (draft.state === 'queued') start(draft);
  if (draft.state === 'rolling') roll(draft);
  else if (draft.state === 'paused') standStill(draft);
  return draft.decision();
}

/** How many targets of a wave may fail. */
export function budgetOf(spec: Pick<WaveSpec, 'failureBudget'>, targets: number): number {
  const { failureBudget } = spec;
  if (typeof failureBudget === 'number') return failureBudget;
  return Math.floor((Number(failureBudget.slice(0, -1)) * targets) / 100);
}

/** The rows as they become, with what was done to them. */
class Draft {
  readonly rows: MachineRows;
  readonly now: number;
  state: MachineRows['release']['state'];
  readonly waves: WaveRow[];
  readonly runs: RunRow[];
  private readonly actions: Action[] = [];
  private readonly waits: Wait[] = [];

  constructor(rows: MachineRows, now: number) {
    this.rows = rows;
    this.now = now;
    this.state = rows.release.state;
    this.waves = rows.waves.map((wave) => ({ ...wave })).toSorted((a, b) => a.index - b.index);
    this.runs = rows.runs.map((run) => ({ ...run })).toSorted((a, b) => a.place - b.place);
  }

  wait(wait: Wait): void {
    this.waits.push(wait);
  }

  add(action: Action): void {
    this.actions.push(action);
  }

  become(state: MachineRows['release']['state'], reason?: string): void {
    this.state = state;
    this.add({ type: 'release', state, ...(reason === undefined ? {} : { reason }) });
  }

  /** Ends the release without those that have not begun; runs in flight see it at their next step. */
  end(state: MachineRows['release']['state'], reason?: string): void {
    for (const run of this.runs) if (run.state === 'pending') this.set(run, 'cancelled');
    this.become(state, reason);
  }

  set(run: RunRow, state: RunRow['state'], reason?: string): void {
    run.state = state;
    if (state === 'pending') run.reason = undefined;
    this.add({ type: 'run', runId: run.id, state, ...(reason === undefined ? {} : { reason }) });
  }

  setWave(wave: WaveRow, state: WaveRow['state'], soakUntil?: number): void {
    wave.state = state;
    wave.soakUntil = soakUntil;
    this.add({ type: 'wave', index: wave.index, state, ...(soakUntil === undefined ? {} : { soakUntil }) });
  }

  runsOf(wave: WaveRow): RunRow[] {
    return this.runs.filter((run) => run.wave === wave.index);
  }

  /** Votes that count. */
  votesFor(wave: number | undefined): { approved: number; rejected: boolean } {
    const votes = this.rows.votes.filter(
      (vote) => vote.wave === wave && whyVoid(vote, this.rows.release) === undefined,
    );
    return {
      approved: new Set(votes.flatMap(({ userId, decision }) => (decision === 'approve' ? userId : []))).size,
      rejected: votes.some(({ decision }) => decision === 'reject'),
    };
  }

  /** A freeze that holds this release now. */
  get freeze(): MachineRows['frozen'] {
    const { frozen, release } = this.rows;
    if (frozen === undefined || release.freezeOverridden) return undefined;
    return release.kind === 'rollback' && !frozen.holdsRollbacks ? undefined : frozen;
  }

  decision(): Decision {
    const { waits, actions, rows, now } = this;
    const times = waits.flatMap((wait) => {
      if (wait.for === 'soak') return [Math.min(wait.until, now + lookAgainMs)];
      if (wait.for === 'registry') return [Math.min(wait.until, now + lookAgainMs)];
      if ('until' in wait) return [wait.until];
      if (wait.for === 'cluster') return [now + lookAgainMs];
      return wait.for === 'approval' && wait.wave === undefined ? [rows.release.createdAt + approvalMs] : [];
    });
    if (this.state === 'rolling' || this.state === 'queued' || this.state === 'awaiting_approval')
      times.push(now + inAnyCaseMs);
    return { actions, waits, dueAt: times.length === 0 ? undefined : Math.min(...times) };
  }
}

/** Somebody else asks the registry; here the time for it ends. */
function awaitRegistry(draft: Draft): void {
  const until = draft.rows.release.createdAt + registryMs;
  if (draft.now >= until) draft.end('refused', 'image_unresolved');
  else draft.wait({ for: 'registry', until });
}

function awaitApproval(draft: Draft): void {
  const { strategy, createdAt } = draft.rows.release;
  const needed = strategy.approval?.count ?? 0;
  const { approved, rejected } = draft.votesFor(undefined);
  if (rejected) draft.end('aborted', 'rejected');
  else if (approved >= needed) {
    if (draft.state !== 'queued') draft.become('queued');
  } else if (draft.now - createdAt >= approvalMs) draft.end('aborted', 'approval_expired');
  else {
    // An approval can become void while the release waits for its turn.
    if (draft.state === 'queued') draft.become('awaiting_approval');
    draft.wait({ for: 'approval', given: approved, needed });
  }
}

/** The lane is free or is taken, nothing is frozen: what waited before it has nothing to add any more. */
function start(draft: Draft): void {
  const { release, others } = draft.rows;
  const ahead = others.find(({ state }) => state === 'rolling' || state === 'paused');
  const held = whyNotYet(draft, ahead);
  if (held !== undefined) {
    draft.wait(held);
    return;
  }
  for (const other of others) {
    const isWaiting = other.state === 'planning' || other.state === 'queued' || other.state === 'awaiting_approval';
    const isOlder = other.number < release.number || other.kind === 'catch_up';
    if (other === ahead || (isWaiting && isOlder && release.kind !== 'catch_up'))
      draft.add({ type: 'supersede', releaseId: other.id });
  }
  draft.become('rolling');
}

function whyNotYet({ rows, freeze }: Draft, ahead: OtherRelease | undefined): Wait | undefined {
  const { release, others } = rows;
  const newer = others.find(
    ({ state, kind, number }) =>
      state === 'queued' && kind !== 'catch_up' && (release.kind === 'catch_up' || number > release.number),
  );
  if (newer !== undefined) return { for: 'lane', number: newer.number };
  const replaces = release.kind === 'rollback' || release.strategy.supersede === 'replace-running';
  if (ahead !== undefined && !replaces) return { for: 'lane', number: ahead.number };
  return freeze === undefined ? undefined : { for: 'freeze', name: freeze.name, until: freeze.until };
}

function roll(draft: Draft): void {
  for (const run of draft.runs) settleReach(draft, run);
  const broken = draft.waves.find((wave) => isBroken(draft, wave));
  if (broken !== undefined) {
    stop(draft, broken);
    return;
  }
  for (const wave of draft.waves) {
    if (wave.state === 'pending' && !open(draft, wave)) return;
    if (wave.state === 'running' && !advance(draft, wave)) return;
    if (wave.state === 'soaking' && !soak(draft, wave)) return;
  }
  finish(draft);
}

/** What waits for its cluster starts again when that is back, or is owed where the policy says so. */
function settleReach(draft: Draft, run: RunRow): void {
  const wave = draft.waves.find(({ index }) => index === run.wave);
  if (wave?.state !== 'running') return;
  const isReachable = !draft.rows.unreachable.has(run.clusterId);
  const waitsForCluster = run.state === 'blocked' && isOutOfReach(run.reason);
  if (isReachable) {
    if (waitsForCluster) draft.set(run, 'pending');
    return;
  }
  if (run.state !== 'pending' && !waitsForCluster) return;
  if (draft.rows.release.strategy.unreachable === 'skip') owe(draft, run);
  else draft.wait({ for: 'cluster', wave: run.wave, targetId: run.targetId });
}

function owe(draft: Draft, run: RunRow): void {
  draft.set(run, 'deferred', 'cluster_unreachable');
  draft.add({ type: 'owe', targetId: run.targetId, reason: 'unreachable' });
}

function isBroken(draft: Draft, wave: WaveRow): boolean {
  if (wave.state === 'pending') return false;
  const runs = draft.runsOf(wave);
  return runs.filter(failsNow).length > budgetOf(wave.spec, runs.length);
}

const failsNow = (run: RunRow) => run.state === 'failed' && !run.forgiven;

/** Over budget: nothing more goes forward. What can go back by itself does so once. */
function stop(draft: Draft, wave: WaveRow): void {
  const { kind, strategy, isRolledBack } = draft.rows.release;
  const failed = draft.runsOf(wave).filter(failsNow);
  const goesBack = kind === 'deploy' && strategy.onFailure === 'rollback' && !isRolledBack;
  if (failed.every(({ reason }) => notItsFault.has(reason ?? ''))) pause(draft, 'environment');
  else if (goesBack) goBack(draft);
  else pause(draft, 'budget');
}

/** Target by target, the one that was written last first. */
function goBack(draft: Draft): void {
  const touched = draft.runs
    .filter(({ startedAt }) => startedAt !== undefined)
    .toSorted((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0));
  draft.add({ type: 'reject_images' });
  draft.end('failed', 'budget');
  draft.add({ type: 'roll_back', targetIds: touched.map(({ targetId }) => targetId) });
}

function pause(draft: Draft, reason: string): void {
  draft.become('paused', reason);
  draft.wait({ for: 'person', reason });
}

/** Paused by a person, runs in flight end; once too many of them failed, those stop as well. */
function standStill(draft: Draft): void {
  const { pausedReason } = draft.rows.release;
  if (pausedReason === 'person' && draft.waves.some((wave) => isBroken(draft, wave))) pause(draft, 'budget');
  else draft.wait({ for: 'person', reason: pausedReason ?? 'person' });
}

/** Those before are done: it opens with its approvals, outside of freezes. */
function open(draft: Draft, wave: WaveRow): boolean {
  const needed = wave.spec.approval?.count ?? 0;
  const { approved, rejected } = draft.votesFor(wave.index);
  if (rejected) {
    draft.end('aborted', 'rejected');
    return false;
  }
  if (approved < needed) {
    draft.wait({ for: 'approval', wave: wave.index, given: approved, needed });
    return false;
  }
  if (draft.freeze !== undefined) {
    draft.wait({ for: 'freeze', wave: wave.index, name: draft.freeze.name, until: draft.freeze.until });
    return false;
  }
  draft.setWave(wave, 'running');
  for (const run of draft.runsOf(wave)) settleReach(draft, run);
  return true;
}

/** Lets runs go up to the wave's bound; true when all of them have ended. */
function advance(draft: Draft, wave: WaveRow): boolean {
  const runs = draft.runsOf(wave);
  for (const run of runs)
    if (run.state === 'blocked' && !isOutOfReach(run.reason))
      draft.wait({ for: 'decision', wave: wave.index, targetId: run.targetId });
  if (wave.index === 0 && !draft.rows.release.preflighted) {
    if (runs.every(({ state }) => state !== 'blocked')) draft.wait({ for: 'preflight', wave: 0 });
    return false;
  }
  let room = wave.spec.maxConcurrent - runs.filter((run) => run.admitted && !hasRunEnded(run)).length;
  for (const run of runs) {
    if (room <= 0) break;
    if (run.state !== 'pending' || run.admitted || draft.rows.unreachable.has(run.clusterId)) continue;
    run.admitted = true;
    room -= 1;
    draft.add({ type: 'admit', runId: run.id });
  }
  if (!runs.every(hasRunEnded)) return false;
  if (wave.spec.soakSeconds === 0) draft.setWave(wave, 'done');
  else draft.setWave(wave, 'soaking', draft.now + wave.spec.soakSeconds * 1000);
  return true;
}

/** True when it has soaked without a target going bad; one that does is a failure like any other. */
function soak(draft: Draft, wave: WaveRow): boolean {
  for (const run of draft.runsOf(wave)) {
    const reason = draft.rows.unwell.get(run.targetId);
    if (run.state === 'healthy' && reason !== undefined) draft.set(run, 'failed', reason);
  }
  if (isBroken(draft, wave)) {
    stop(draft, wave);
    return false;
  }
  const until = wave.soakUntil ?? draft.now;
  if (draft.now >= until) {
    draft.setWave(wave, 'done');
    return true;
  }
  draft.wait({ for: 'soak', wave: wave.index, until });
  return false;
}

function finish(draft: Draft): void {
  if (!draft.runs.every((run) => hasRunEnded(run) || run.state === 'pruning')) return;
  const count = (state: RunRow['state']) => draft.runs.filter((run) => run.state === state).length;
  const isWhole = count('healthy') + count('pruning') === draft.runs.length;
  if (isWhole) for (const wave of draft.waves) prune(draft, wave);
  if (count('pruning') > 0) return;
  if (isWhole) draft.become('succeeded');
  else if (count('healthy') > 0 || count('deferred') > 0) draft.become('partial');
  else draft.become(count('failed') > 0 ? 'failed' : 'aborted');
}

/** Only what went well everywhere takes away what it no longer has, on as many targets of a wave at once as it may. */
function prune(draft: Draft, wave: WaveRow): void {
  const runs = draft.runsOf(wave);
  const room = wave.spec.maxConcurrent - runs.filter(({ state }) => state === 'pruning').length;
  const left = runs.filter(({ state, hasLeftovers }) => state === 'healthy' && hasLeftovers);
  for (const run of left.slice(0, Math.max(0, room))) draft.set(run, 'pruning');
}
