import { deploymentKind } from './deployment.ts';
import { eventKind } from './event.ts';
import type { WatchedKind } from './kind.ts';
import { namespaceKind } from './namespace.ts';
import { nodeKind } from './node.ts';
import { podKind } from './pod.ts';
import { replicasetKind } from './replicaset.ts';
import { serviceKind } from './service.ts';

/** Every kind the inventory watches, in the order a cluster starts them. */
export const watchedKinds: readonly WatchedKind[] = [
  namespaceKind,
  nodeKind,
  podKind,
  deploymentKind,
  replicasetKind,
  serviceKind,
  eventKind,
].toSorted((a, b) => a.rank - b.rank);
