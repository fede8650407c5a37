import { deploymentKind } from './deployment.ts';
import { eventKind } from './event.ts';
import type { WatchedKind } from './kind.ts';
import { namespaceKind } from './namespace.ts';
import { nodeKind } from './node.ts';
import { podKind } from './pod.ts';
import { replicaSetKind } from './replica-set.ts';
import { serviceKind } from './service.ts';

/** Kinds that become rows, in the order in which a cluster's watches start. */
export const objectKinds: readonly WatchedKind[] = [
  namespaceKind,
  nodeKind,
  deploymentKind,
  replicaSetKind,
  podKind,
  serviceKind,
];

/** Everything the inventory reads, for the onboarding manifest. */
export const inventoryResources = [...objectKinds, eventKind].map((kind) => ({
  group: kind.group,
  resource: kind.plural,
}));
