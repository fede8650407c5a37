import type { RbacObject } from '../rbac/policy.ts';

/** How bad an object is, worst first, so that sorting by status puts trouble on top. */
export const healthLevels = ['failed', 'degraded', 'updating', 'unknown', 'waiting', 'healthy'] as const;
export type HealthLevel = (typeof healthLevels)[number];

/** Identity of an object inside its cluster and kind; `namespace` is empty for cluster-scoped kinds. */
export type ObjectKey = { namespace: string; name: string; uid: string };

/** The slim row of an object: all that lists, filters and search need of it. */
export type ObjectRow = ObjectKey & {
  createdAt: Date | undefined;
  health: HealthLevel;
  /** As kubectl prints it: `CrashLoopBackOff`, `Terminating`, `Init:0/1`, `3/5`. */
  statusText: string;
  ready?: number | undefined;
  desired?: number | undefined;
  restarts?: number | undefined;
  node?: string | undefined;
  ownerUid?: string | undefined;
  /** Requests; of a node what pods may take. */
  cpuMilli?: number | undefined;
  memoryBytes?: number | undefined;
  labels: Record<string, string>;
  /** What the kind adds; `unreadable` says why a projection failed. */
  facts: Record<string, unknown>;
  /** Lower-case words that the text filter finds. */
  search: string;
  /** Of roles and bindings what decides who sees the other rows; they are none themselves. */
  rbac?: RbacObject | undefined;
};

/** What a kind adds to the identity that every object has. */
export type KindFields = Omit<Partial<ObjectRow>, keyof ObjectKey | 'createdAt' | 'labels' | 'ownerUid' | 'search'> & {
  health: HealthLevel;
  statusText: string;
  facts: Record<string, unknown>;
  /** Words to find it by besides name, namespace and labels. */
  words?: readonly (string | undefined)[];
};

/** A Kubernetes event; `object` is `Pod/cart-7d9f`. */
export type EventRow = {
  namespace: string;
  uid: string;
  object: string;
  objectUid: string;
  type: string;
  reason: string;
  message: string;
  count: number;
  firstAt: Date;
  lastAt: Date;
};
