/** How bad an object is. */
export type ObjectHealth = 'failed' | 'degraded' | 'updating' | 'unknown' | 'waiting' | 'healthy';

/** The slim row of an object: what lists show and filter, nothing that could hold a secret. */
export type ProjectedObject = {
  /** Empty for objects without a namespace. */
  namespace: string;
  name: string;
  uid: string;
  createdAt: Date | undefined;
  health: ObjectHealth;
  /** As kubectl prints it. */
  statusText: string;
  ready?: number | undefined;
  desired?: number | undefined;
  restarts?: number | undefined;
  node?: string | undefined;
  ownerUid?: string | undefined;
  /** Sum of requests, millicores. */
  cpuMilli?: number | undefined;
  /** Sum of requests, bytes. */
  memoryBytes?: number | undefined;
  labels: Record<string, string>;
  facts: Record<string, unknown>;
  search: string;
};

export type ProjectedEvent = {
  namespace: string;
  uid: string;
  /** `Pod/cart-7d9f`. */
  object: string;
  objectUid: string;
  type: string;
  reason: string;
  message: string;
  count: number;
  firstAt: Date;
  lastAt: Date;
};

/** What a kind says of an object beyond its metadata. */
export type KindFacts = Omit<
  ProjectedObject,
  'namespace' | 'name' | 'uid' | 'createdAt' | 'ownerUid' | 'labels' | 'search' | 'facts'
> & {
  facts?: Record<string, unknown>;
  /** Further words the text filter finds. */
  words?: readonly string[];
};

/** A watched kind. `describe` gets an object of any shape: clusters are not trusted to send what the API promises. */
export type WatchedKind = {
  /** Empty for the core group. */
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  describe: (object: KubeObject) => KindFacts;
};

/** JSON of unknown shape with safe reading. */
export type KubeObject = Readonly<Record<string, unknown>>;
