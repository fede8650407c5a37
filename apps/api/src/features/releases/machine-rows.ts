import type { ReleaseStrategy, WaveSpec } from '@quarterdeck/contracts';
import { everythingAtOnce, type Frozen } from '../applications/index.ts';
import type { ReleaseKind, ReleaseState, RunState, StoredVerdict } from './release-rows.ts';

export type WaveState = 'pending' | 'running' | 'soaking' | 'done';

export type WaveRow = {
  index: number;
  spec: WaveSpec;
  state: WaveState;
  /** ms since 1970. */
  soakUntil: number | undefined;
  /** When it was, ms since 1970; its page shows it, and no decision goes by it. */
  startedAt?: number | undefined;
};

export type RunRow = {
  id: string;
  targetId: string;
  clusterId: string;
  wave: number;
  /** In its wave, first to last. */
  place: number;
  state: RunState;
  /** May be taken by a worker; counts as in flight until it has ended. */
  admitted: boolean;
  /** Failed, and somebody went on nevertheless. */
  forgiven: boolean;
  /** Code of the verdict. */
  reason: string | undefined;
  /** When it was taken first, ms since 1970: something may have been written since. */
  startedAt: number | undefined;
  /** Objects of earlier releases are there that this one does not have, and nobody has looked at them yet. */
  hasLeftovers: boolean;
};

export type Vote = {
  wave: number | undefined;
  userId: string;
  decision: 'approve' | 'reject';
  contentSha256: string;
  /** Whoever gave it may still give it. */
  isValid: boolean;
};

/** A release of the same application and environment that has not ended. */
export type OtherRelease = { id: string; number: number; kind: ReleaseKind; state: ReleaseState };

/** Everything that a release's next step depends on. Times in ms since 1970. */
export type MachineRows = {
  release: {
    id: string;
    number: number;
    kind: ReleaseKind;
    state: ReleaseState;
    strategy: ReleaseStrategy;
    contentSha256: string;
    createdById: string;
    createdAt: number;
    pausedReason: string | undefined;
    freezeOverridden: boolean;
    /** Made by a rule, not by a person. */
    isAutomatic: boolean;
    /** Its first wave was looked at whole: it may be written. */
    preflighted: boolean;
    /** It was rolled back by itself already. */
    isRolledBack: boolean;
  };
  waves: readonly WaveRow[];
  runs: readonly RunRow[];
  votes: readonly Vote[];
  frozen: Frozen | undefined;
  others: readonly OtherRelease[];
  /** Clusters that do not answer now. */
  unreachable: ReadonlySet<string>;
  /** Targets of waves that soak whose pods are not well any more, with the reason. */
  unwell: ReadonlyMap<string, string>;
};

/** What a release and its targets belong to. */
export type MachinePlace = {
  appEnvironmentId: string;
  applicationId: string;
  applicationSlug: string;
  projectId: string;
  environmentId: string;
  tier: string;
};

/** `now` is the database's clock, ms since 1970. */
export type StoredRows = Omit<MachineRows, 'frozen' | 'unreachable' | 'unwell' | 'votes'> & {
  place: MachinePlace;
  now: number;
};

/** One change of rows; the store writes them in order, in the transaction that read the rows. */
export type Action =
  | { type: 'release'; state: ReleaseState; reason?: string }
  | { type: 'wave'; index: number; state: WaveState; soakUntil?: number }
  | { type: 'admit'; runId: string }
  | { type: 'run'; runId: string; state: RunState; reason?: string; verdict?: StoredVerdict }
  | { type: 'preflighted' }
  | { type: 'forgive'; runId: string }
  /** What it left is to be looked at once more. */
  | { type: 'look_again'; runId: string }
  | { type: 'owe'; targetId: string; reason: 'unreachable' | 'skipped' }
  | { type: 'supersede'; releaseId: string }
  | { type: 'reject_images' }
  /** A release of its own puts back what was healthy on these targets, in this order. */
  | { type: 'roll_back'; targetIds: readonly string[] };

/** What a release stands still for. */
export type Wait =
  | { for: 'registry'; until: number }
  | { for: 'approval'; wave?: number; given: number; needed: number }
  | { for: 'freeze'; wave?: number; name: string; until: number }
  | { for: 'lane'; number: number }
  | { for: 'soak'; wave: number; until: number }
  | { for: 'cluster'; wave: number; targetId: string }
  | { for: 'preflight'; wave: number }
  | { for: 'decision'; wave: number; targetId: string }
  | { for: 'person'; reason: string };

export type Decision = {
  actions: readonly Action[];
  waits: readonly Wait[];
  /** When time alone may change something, ms since 1970. */
  dueAt: number | undefined;
};

const ended: ReadonlySet<RunState> = new Set(['healthy', 'failed', 'deferred', 'cancelled']);
export const hasRunEnded = (run: Pick<RunRow, 'state'>): boolean => ended.has(run.state);

const unfinished: ReadonlySet<ReleaseState> = new Set(['planning', 'awaiting_approval', 'queued', 'rolling', 'paused']);
export const isUnfinished = (state: ReleaseState): boolean => unfinished.has(state);

export const outOfReach: ReadonlySet<string> = new Set([
  'cluster_unreachable',
  'cluster_timeout',
  'cluster_busy',
  'credential_rejected',
]);
/** The cluster gave no answer, which says nothing about the release. */
export const isOutOfReach = (code: string | undefined): boolean => code !== undefined && outOfReach.has(code);

/** Verdicts that are not the release's fault: going back would not help. */
export const notItsFault: ReadonlySet<string> = new Set(['node_problem', 'pdb_blocked', 'environment']);

/** Verdicts that another try may not meet again, since they are about the cluster as it was then, or about us. */
export const passing: ReadonlySet<string> = new Set([
  ...outOfReach,
  ...notItsFault,
  ...[
    'cluster_failed',
    'cluster_refused',
    'cluster_forbidden',
    'admission_unavailable',
    'write_conflict',
    'lease_over',
  ],
  ...['namespace_refused', 'namespace_terminating', 'unschedulable_taint', 'aborted', 'internal'],
]);

/** How targets are caught up with or cleared, whatever the environment says of deployments. */
export const atOnce: ReleaseStrategy = { ...everythingAtOnce, onFailure: 'pause', unreachable: 'skip' };

/** A rollback stops at the first target that cannot be put back, and waits for no cluster. */
export const backwards: ReleaseStrategy = {
  name: 'rollback',
  waves: [{ name: 'all', select: { rest: true }, maxConcurrent: 20, failureBudget: 0, soakSeconds: 0 }],
  onFailure: 'pause',
  unreachable: 'skip',
  supersede: 'replace-running',
};
