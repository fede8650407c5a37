import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { ago, columnsOf, none, type Printer } from './columns.ts';

export const podPrinter: Printer = {
  columns: columnsOf('Name Ready Status Restarts Age IP+ Node+ Nominated_Node+ Readiness_Gates+'),
  cells(pod, nowMs) {
    const { ready, total, reason, restarts, lastRestart } = countsOf(pod);
    const restarted = lastRestart === '' ? '' : ` (${ago(lastRestart, nowMs)} ago)`;
    return [
      pod.metadata.name,
      `${ready}/${total}`,
      reason,
      `${restarts}${restarts === 0 ? '' : restarted}`,
      ago(pod.metadata.creationTimestamp, nowMs),
      textOf(listOf(at(pod, 'status', 'podIPs'))[0]?.ip) || none,
      textOf(at(pod, 'spec', 'nodeName')) || none,
      textOf(at(pod, 'status', 'nominatedNodeName')) || none,
      gatesOf(pod),
    ];
  },
};

type Counts = { ready: number; total: number; reason: string; restarts: number; lastRestart: string };

/** What stands in the middle of a pod's row: the containers decide over the phase, and the init containers over both. */
function countsOf(pod: KubeObject): Counts {
  const phase = textOf(at(pod, 'status', 'phase'));
  const total = listOf(at(pod, 'spec', 'containers')).length;
  const inits = listOf(at(pod, 'status', 'initContainerStatuses'));
  let reason = textOf(at(pod, 'status', 'reason')) || phase;
  const open = inits.findIndex((each) => at(each, 'state', 'terminated', 'exitCode') !== 0);
  const isInitialized = listOf(at(pod, 'status', 'conditions')).some(
    ({ type, status }) => type === 'Initialized' && status === 'True',
  );
  const stuck = open < 0 ? undefined : inits[open];
  if (stuck !== undefined) reason = initReason(stuck, open, listOf(at(pod, 'spec', 'initContainers')).length);
  const counts =
    stuck !== undefined && !isInitialized
      ? { ready: 0, reason, ...restartsOf(inits.slice(0, open + 1)) }
      : ofContainers(listOf(at(pod, 'status', 'containerStatuses')), reason);
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const isGoing = pod.metadata.deletionTimestamp !== undefined && !isOver;
  return { ...counts, total, reason: isGoing ? 'Terminating' : counts.reason };
}

function initReason(status: Json, index: number, count: number): string {
  const ended = at(status, 'state', 'terminated');
  const waiting = textOf(at(status, 'state', 'waiting', 'reason'));
  if (ended !== undefined) return `Init:${textOf(at(ended, 'reason')) || `ExitCode:${String(at(ended, 'exitCode'))}`}`;
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${count}`;
}

function ofContainers(statuses: readonly Json[], phase: string): Omit<Counts, 'total'> {
  let reason = phase;
  let ready = 0;
  for (const status of statuses.toReversed()) {
    const { waiting, terminated, running } = objectOf(status.state);
    if (textOf(at(waiting, 'reason')) !== '') reason = textOf(at(waiting, 'reason'));
    else if (terminated !== undefined)
      reason = textOf(at(terminated, 'reason')) || `ExitCode:${String(at(terminated, 'exitCode'))}`;
    else if (status.ready === true && running !== undefined) ready += 1;
  }
  if (reason === 'Completed' && ready > 0) reason = 'Running';
  return { ready, reason, ...restartsOf(statuses) };
}

function restartsOf(statuses: readonly Json[]): { restarts: number; lastRestart: string } {
  const restarts = statuses.reduce((sum, each) => sum + Number(each.restartCount ?? 0), 0);
  const ends = statuses.map((each) => textOf(at(each, 'lastState', 'terminated', 'finishedAt'))).sort();
  return { restarts, lastRestart: ends.at(-1) ?? '' };
}

function gatesOf(pod: KubeObject): string {
  const gates = listOf(at(pod, 'spec', 'readinessGates'));
  if (gates.length === 0) return none;
  const conditions = listOf(at(pod, 'status', 'conditions'));
  const isTrue = (gate: Json) =>
    conditions.some(({ type, status }) => type === gate.conditionType && status === 'True');
  return `${gates.filter(isTrue).length}/${gates.length}`;
}
