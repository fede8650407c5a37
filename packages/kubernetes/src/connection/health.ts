/** What one probe saw. */
export type ProbeResult =
  | { outcome: 'good'; latencyMs: number; version?: string; uid?: string }
  | { outcome: 'bad'; reason: string }
  /** The cluster answered, but not as it should: not ready, or it forbids what we ask. */
  | { outcome: 'impaired'; reason: string; latencyMs: number }
  | { outcome: 'unauthorized'; reason: string }
  | { outcome: 'identity_changed'; reason: string };

export type HealthState =
  | 'connected'
  | 'degraded'
  | 'unreachable'
  | 'credential_rejected'
  | 'identity_changed'
  | 'pending'
  | 'paused'
  | 'removing';

/** What happens to a cluster, as its state machine sees it. */
export type HealthEvent =
  | { kind: 'probed'; result: ProbeResult }
  /** Names of kinds whose watch does not sync. */
  | { kind: 'synced'; failing: readonly string[] }
  | { kind: 'credential_replaced' | 'identity_confirmed' | 'paused' | 'resumed' | 'removed' };

/** Health of one cluster; plain JSON, times in ms of one clock. */
export type Health = {
  state: HealthState;
  since: number;
  reason?: string;
  /** More than three changes within ten minutes: no notices until five quiet minutes. */
  unstable: boolean;
  latencyMs?: number;
  version?: string;
  memory: {
    /** First of the good probes in a row. */
    goodSince?: number;
    bad: number;
    unauthorized: number;
    latencies: number[];
    changes: number[];
    /** Kinds whose watch does not sync, each with the time since when it does not. */
    failing: Record<string, number>;
  };
};

const goodApartMs = 4000;
const slowMs = 1000;
/** Watches open one after another and end now and then; one that stands again so soon was never a trouble. */
const syncGraceMs = 20_000;
const latencyWindow = 20;
const unstableChanges = 3;
const unstableWindowMs = 10 * 60_000;
const quietMs = 5 * 60_000;

/** Health of a cluster before its first probe, or in a state that a person set. */
export function newHealth(now: number, state: HealthState = 'pending'): Health {
  return { state, since: now, unstable: false, memory: emptyMemory() };
}

function emptyMemory(): Health['memory'] {
  return { bad: 0, unauthorized: 0, latencies: [], changes: [], failing: {} };
}

/** The next health after an event. Pure; damped so that one lost packet changes no more than `degraded`. */
export function advanceHealth(before: Health, event: HealthEvent, now: number): Health {
  const health = notAheadOf(now, before);
  switch (event.kind) {
    case 'removed':
      return enter(health, 'removing', undefined, now);
    case 'paused':
      return health.state === 'removing' ? health : enter(health, 'paused', undefined, now);
    case 'resumed':
      return health.state === 'paused' ? restart(health, now) : health;
    case 'identity_confirmed':
      return health.state === 'identity_changed' ? restart(health, now) : health;
    case 'credential_replaced':
      return health.state === 'paused' || health.state === 'removing' ? health : restart(health, now);
    case 'synced': {
      const { memory: before } = health;
      // While nothing answers no watch can stand; the grace begins when it does.
      const known = before.goodSince === undefined ? {} : before.failing;
      const failing = Object.fromEntries(event.failing.map((kind) => [kind, known[kind] ?? now]));
      const memory = { ...before, failing };
      return settle(judge({ ...health, memory }, now), now);
    }
    case 'probed':
      return isStopped(health.state) ? health : settle(probed(health, event.result, now), now);
  }
}

/** What a worker with another clock wrote, or this one before its clock was set back, has happened by now. */
function notAheadOf(now: number, health: Health): Health {
  const { memory } = health;
  return {
    ...health,
    since: Math.min(health.since, now),
    memory: {
      ...memory,
      ...(memory.goodSince === undefined ? {} : { goodSince: Math.min(memory.goodSince, now) }),
      changes: memory.changes.map((at) => Math.min(at, now)),
      failing: Object.fromEntries(Object.entries(memory.failing).map(([kind, at]) => [kind, Math.min(at, now)])),
    },
  };
}

/** States in which nothing is sent to the cluster. */
export function isStopped(state: HealthState): boolean {
  return state === 'paused' || state === 'removing' || state === 'identity_changed';
}

/**
 * Milliseconds until the next probe; `undefined` while stopped.
 * @param random 0 up to 1: probes of many clusters must not march in step
 */
export function nextProbeMs(health: Health, now: number, random: number): number | undefined {
  const { state, memory } = health;
  if (isStopped(state)) return undefined;
  if (state === 'credential_rejected') return memory.goodSince === undefined ? 60_000 : 5000;
  // The first bad probe is doubted at once: the second decides.
  if (memory.bad === 1 || memory.unauthorized === 1) return 1000;
  if (memory.bad > 1) return now - health.since > 10 * 60_000 ? 30_000 : 10_000;
  return Math.round(5000 * (0.8 + 0.4 * random));
}

/**
 * Whether people are told of a change: of each, until the cluster is `unstable`; of that once, and then nothing until it
 * was quiet for five minutes. The state itself is always shown.
 */
export function noticeOf(before: Health, after: Health): 'changed' | 'unstable' | 'settled' | undefined {
  if (after.unstable) return before.unstable ? undefined : 'unstable';
  if (before.unstable) return 'settled';
  return before.state === after.state ? undefined : 'changed';
}

function probed(health: Health, result: ProbeResult, now: number): Health {
  const { memory } = health;
  switch (result.outcome) {
    case 'identity_changed':
      return enter({ ...health, memory: emptyMemory() }, 'identity_changed', result.reason, now, memory.changes);
    case 'unauthorized': {
      const { goodSince: _, ...rest } = memory;
      const next = { ...health, memory: { ...rest, bad: 0, unauthorized: memory.unauthorized + 1 } };
      if (next.memory.unauthorized >= 2) return enter(next, 'credential_rejected', result.reason, now);
      return doubt(next, result.reason, now);
    }
    case 'bad': {
      const { goodSince: _, ...rest } = memory;
      const next = { ...health, memory: { ...rest, unauthorized: 0, bad: memory.bad + 1 } };
      if (health.state === 'pending') return { ...next, reason: result.reason };
      if (next.memory.bad >= 2) return enter(next, 'unreachable', result.reason, now);
      return doubt(next, result.reason, now);
    }
    case 'impaired': {
      const { goodSince: _, ...rest } = memory;
      const next = { ...health, latencyMs: result.latencyMs, memory: { ...rest, bad: 0, unauthorized: 0 } };
      return enter(next, 'degraded', result.reason, now);
    }
    case 'good':
      return judge(
        {
          ...health,
          latencyMs: result.latencyMs,
          ...(result.version === undefined ? {} : { version: result.version }),
          memory: {
            ...memory,
            bad: 0,
            unauthorized: 0,
            goodSince: memory.goodSince ?? now,
            latencies: [...memory.latencies, result.latencyMs].slice(-latencyWindow),
          },
        },
        now,
      );
  }
}

/** One bad answer makes a connected cluster degraded and changes no other state. */
function doubt(health: Health, reason: string, now: number): Health {
  return health.state === 'connected' || health.state === 'degraded' ? enter(health, 'degraded', reason, now) : health;
}

/** What a cluster that answers well is: connected after two good probes, degraded while slow or not syncing. */
function judge(health: Health, now: number): Health {
  const { memory } = health;
  if (memory.goodSince === undefined || isStopped(health.state)) return health;
  const isProven = health.state === 'connected' || health.state === 'pending' || now - memory.goodSince >= goodApartMs;
  if (!isProven) return health;
  const slow = percentile95(memory.latencies);
  if (slow > slowMs) return enter(health, 'degraded', `Answers take ${Math.round(slow)} ms.`, now);
  const behind = Object.keys(memory.failing).filter((kind) => now - (memory.failing[kind] ?? now) >= syncGraceMs);
  if (behind.length > 0) return enter(health, 'degraded', `Not in sync: ${behind.join(', ')}.`, now);
  return enter(health, 'connected', undefined, now);
}

/** One slow answer alone says nothing: of fewer than twenty values it would be the 95th percentile by itself. */
function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(Math.ceil(sorted.length * 0.95), sorted.length - 1);
  return sorted[Math.max(rank, 1) - 1] ?? 0;
}

function restart(health: Health, now: number): Health {
  return enter({ ...health, memory: emptyMemory() }, 'pending', undefined, now, health.memory.changes);
}

function enter(
  health: Health,
  state: HealthState,
  reason: string | undefined,
  now: number,
  changes = health.memory.changes,
): Health {
  const { reason: _, ...rest } = health;
  const because = reason === undefined ? {} : { reason };
  if (state === health.state) return { ...rest, ...because };
  return { ...rest, ...because, state, since: now, memory: { ...health.memory, changes: [...changes, now] } };
}

/** Marks flapping, and takes the mark away after a quiet time. */
function settle(health: Health, now: number): Health {
  const changes = health.memory.changes.filter((at) => now - at < unstableWindowMs);
  const quiet = now - (changes.at(-1) ?? Number.NEGATIVE_INFINITY) >= quietMs;
  const unstable = !quiet && (health.unstable || changes.length > unstableChanges);
  return { ...health, unstable, memory: { ...health.memory, changes } };
}
