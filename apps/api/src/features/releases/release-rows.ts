import type {
  ReleaseStrategy,
  releaseImageSchema,
  releaseKinds,
  releaseSourceSchema,
  releaseStates,
  runStates,
  verdictSchema,
} from '@quarterdeck/contracts';
import type { RevisionLabel } from '@quarterdeck/kubernetes';
import type { z } from 'zod';
import type { DeliveryPlace } from '../applications/index.ts';
import type { Finding } from './finding.ts';

export type ReleaseKind = (typeof releaseKinds)[number];
export type ReleaseState = (typeof releaseStates)[number];
export type RunState = (typeof runStates)[number];
export type StoredVerdict = z.output<typeof verdictSchema>;
export type ReleaseSource = z.output<typeof releaseSourceSchema>;
/** By slot, as they are rendered. */
export type Images = Record<string, z.output<typeof releaseImageSchema>>;

export type ReleaseRecord = DeliveryPlace & {
  id: string;
  number: number;
  kind: ReleaseKind;
  state: ReleaseState;
  templateVersionId: string | undefined;
  template: string | undefined;
  images: Images;
  parameters: Record<string, unknown>;
  contentSha256: string;
  rollbackOf: { id: string; number: number } | undefined;
  createdById: string;
  createdBy: string;
  pausedReason: string | undefined;
  /** Why it ended as it did: `budget`, `rejected`, `approval_expired`, `person`, or the release that came after. */
  endedReason: string | undefined;
  strategy: ReleaseStrategy;
  source: ReleaseSource | undefined;
  freezeOverride: { by: string; reason: string; at: string } | undefined;
  /** Made by a rule, not by a person. */
  isAutomatic: boolean;
  /** Account for whom it runs now. */
  actingId: string;
  rolledBackBy: { id: string; number: number } | undefined;
  note: string | undefined;
  startedAt: Date | undefined;
  createdAt: Date;
  endedAt: Date | undefined;
  runs: { total: number; healthy: number; failed: number };
  /** Targets of it that a release can go to now. */
  standing: number;
  /** On its way, and all that it can do now waits for this. */
  waitsFor: 'decision' | 'cluster' | undefined;
};

export type RunRecord = {
  id: string;
  releaseId: string;
  targetId: string;
  clusterId: string;
  namespace: string;
  state: RunState;
  attempt: number;
  gate: Gate | undefined;
  verdict: StoredVerdict | undefined;
  startedAt: Date | undefined;
  appliedAt: Date | undefined;
  endedAt: Date | undefined;
  wave: number;
  place: number;
  /** It was looked at whole before anything was written. */
  preflighted: boolean;
  /** What was found then that does not stand in the way. */
  findings: readonly Finding[];
};

/** What the health of this very revision is judged by. */
export type Gate = {
  workloads: { kind: string; name: string; uid: string; generation: number }[];
  /** By `Kind/name`, how its pods of this revision are labelled; absent until its controller has made some. */
  revisions?: Record<string, RevisionLabel>;
};

/** Whether a pod is of the revision that a gate saw; `undefined` while it has seen none. */
export function isOfGate(gate: Gate | undefined, labels: Readonly<Record<string, string>>): boolean | undefined {
  const revisions = Object.values(gate?.revisions ?? {});
  return revisions.length === 0 ? undefined : revisions.some(({ key, value }) => labels[key] === value);
}

export type StepRecord = {
  runId: string;
  seq: number;
  /** `leave`: it is part of the release and stays as the cluster has it. */
  kind: 'apply' | 'delete' | 'leave';
  state: 'waiting' | 'applied' | 'current' | 'in_progress' | 'failed' | 'deleted';
  detail: string | undefined;
  uid: string | undefined;
  /** Fields of other managers that somebody decided to take. */
  takes: readonly string[];
  /** The object of this uid is deleted and made anew. */
  recreate: string | undefined;
};

export type ObjectRecord = {
  targetId: string;
  seq: number;
  group: string;
  version: string;
  kind: string;
  /** Empty for objects without a namespace. */
  namespace: string;
  name: string;
  sha256: string;
};

/** A run that this worker holds until its lease ends; every write names the fence. */
export type HeldRun = RunRecord & {
  fence: string;
  releaseKind: ReleaseKind;
  releaseNumber: number;
  projectId: string;
  applicationSlug: string;
  environment: string;
  createdBy: string;
  /** Account for whom it runs now: its starter, or who resumed it. */
  actingId: string;
  /** Image references by slot. */
  images: Record<string, string>;
  /** Name of the template it was rendered from; a removal has none. */
  template: string | undefined;
};
