import { type Action, hasRunEnded, isUnfinished, type MachineRows } from './machine-rows.ts';

/** What people tell a release to do. */
export type Command =
  | { do: 'pause' }
  | { do: 'resume' }
  | { do: 'abort' }
  | { do: 'skip'; targetId: string }
  | { do: 'retry'; targetId: string }
  /** Take away what it left on these targets, as somebody has confirmed. */
  | { do: 'prune'; targetIds: readonly string[] };

/** Why it cannot be done now, for people. */
export type Refusal = { code: string; detail: string };

/** What a command changes. Pure, like `decide`, which goes on from there. */
export function command(rows: MachineRows, wanted: Command): readonly Action[] | Refusal {
  switch (wanted.do) {
    case 'pause':
      return pause(rows);
    case 'resume':
      return resume(rows);
    case 'abort':
      return abort(rows);
    case 'skip':
      return skip(rows, wanted.targetId);
    case 'retry':
      return retry(rows, wanted.targetId);
    case 'prune':
      return prune(rows, wanted.targetIds);
  }
}

function pause({ release }: MachineRows): readonly Action[] | Refusal {
  if (release.state !== 'rolling')
    return refuse('release_not_rolling', `#${release.number} is not on its way: ${release.state}.`);
  return [{ type: 'release', state: 'paused', reason: 'person' }];
}

/** Whoever goes on over a broken budget takes the failures so far as they are: only new ones count against it. */
function resume({ release, runs }: MachineRows): readonly Action[] | Refusal {
  if (release.state !== 'paused')
    return refuse('release_not_paused', `#${release.number} is not paused: ${release.state}.`);
  const isOverBudget = release.pausedReason === 'budget' || release.pausedReason === 'environment';
  const failed = isOverBudget ? runs.filter(({ state, forgiven }) => state === 'failed' && !forgiven) : [];
  return [...failed.map(({ id }): Action => ({ type: 'forgive', runId: id })), { type: 'release', state: 'rolling' }];
}

function abort({ release, runs }: MachineRows): readonly Action[] | Refusal {
  if (!isUnfinished(release.state)) return refuse('release_ended', `#${release.number} has ended: ${release.state}.`);
  const waiting = runs.filter(({ state }) => state === 'pending' || state === 'blocked');
  // Out and well everywhere: what ends is only the taking away.
  const isOut = runs.every(({ state }) => state === 'healthy' || state === 'pruning');
  return [
    ...waiting.map(({ id }): Action => ({ type: 'run', runId: id, state: 'cancelled' })),
    { type: 'release', state: isOut ? 'succeeded' : 'aborted', reason: 'person' },
  ];
}

/** A target that has not begun, waits or failed is left out, and owed. */
function skip({ release, runs }: MachineRows, targetId: string): readonly Action[] | Refusal {
  const run = runs.find((candidate) => candidate.targetId === targetId);
  if (run === undefined) return refuse('target_unknown', `#${release.number} does not go to this target.`);
  if (!isUnfinished(release.state)) return refuse('release_ended', `#${release.number} has ended: ${release.state}.`);
  if (!['pending', 'blocked', 'failed'].includes(run.state))
    return refuse('target_in_flight', `This target is ${run.state}; only one that waits or failed can be skipped.`);
  return [
    { type: 'run', runId: run.id, state: 'deferred', reason: 'skipped' },
    { type: 'owe', targetId, reason: 'skipped' },
  ];
}

/** The same bytes once more, also after the release has ended, as long as nothing newer came. */
function retry({ release, runs, waves, others }: MachineRows, targetId: string): readonly Action[] | Refusal {
  const run = runs.find((candidate) => candidate.targetId === targetId);
  if (run === undefined || !hasRunEnded(run) || run.state === 'healthy')
    return refuse('target_not_failed', 'This target did not fail, or is being worked on.');
  const busy = others.find(({ state }) => state === 'rolling' || state === 'paused');
  if (busy !== undefined)
    return refuse('release_superseded', `#${busy.number} is on its way there. Wait for it, or retry that one.`);
  const wave = waves.find(({ index }) => index === run.wave);
  return [
    { type: 'run', runId: run.id, state: 'pending' },
    ...(wave === undefined || wave.state === 'pending'
      ? []
      : [{ type: 'wave', index: wave.index, state: 'running' } as const]),
    ...(isUnfinished(release.state) ? [] : [{ type: 'release', state: 'rolling' } as const]),
  ];
}

/** What went well everywhere goes on once more, to take away what it left. */
function prune({ release, runs, others }: MachineRows, targetIds: readonly string[]): readonly Action[] | Refusal {
  if (release.state !== 'succeeded')
    return refuse(
      'nothing_to_confirm',
      `#${release.number} asks for nothing to be taken away: it is ${release.state}.`,
    );
  const busy = others.find(({ state }) => state === 'rolling' || state === 'paused');
  if (busy !== undefined)
    return refuse('release_superseded', `#${busy.number} is on its way there: what is left then is for it to ask.`);
  const chosen = runs.filter(({ targetId }) => targetIds.includes(targetId));
  return [
    ...chosen.map(({ id }): Action => ({ type: 'look_again', runId: id })),
    { type: 'release', state: 'rolling' },
  ];
}

function refuse(code: string, detail: string): Refusal {
  return { code, detail };
}

export function isRefusal(answer: readonly Action[] | Refusal): answer is Refusal {
  return 'code' in answer;
}
