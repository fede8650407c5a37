import type { KindRegistry } from '../objects/kind-registry.ts';
import { known } from '../objects/well-known.ts';
import type { Writes } from '../server/writes.ts';

const options = { manager: 'kubectl-client-side-apply', dryRun: false };
const group = 'media.example.com';

/** What an operator of the company would define: queues of transcoding work, with columns and conditions. */
const definition = {
  metadata: { name: `transcodequeues.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'transcodequeues', singular: 'transcodequeue', kind: 'TranscodeQueue', shortNames: ['tq'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        additionalPrinterColumns: [
          { name: 'Codec', type: 'string', jsonPath: '.spec.codec' },
          { name: 'Waiting', type: 'integer', jsonPath: '.status.waiting' },
          { name: 'Workers', type: 'integer', jsonPath: '.status.workers' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
};

/** Served from the start, so that its objects can be made at once. */
function define(writes: Writes): void {
  const established = { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' };
  writes.create(known.definitions, undefined, { ...definition, status: { conditions: [established] } }, options);
  // The inventory reads what somebody lets it read: the platform team does so with its definition.
  const rbac = 'rbac.authorization.k8s.io';
  const name = 'transcodequeues-readers';
  const rules = [{ apiGroups: [group], resources: ['transcodequeues'], verbs: ['get', 'list', 'watch'] }];
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  writes.create(known.clusterRoles, undefined, { metadata: { name, labels }, rules }, options);
  const subjects = [{ apiGroup: rbac, kind: 'Group', name: 'quarterdeck:workers' }];
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name };
  writes.create(known.clusterRoleBindings, undefined, { metadata: { name }, subjects, roleRef }, options);
}

const queues = [
  { name: 'portrait-hd', codec: 'h265', waiting: 12, workers: 4 },
  { name: 'shorts', codec: 'h264', waiting: 3, workers: 6 },
  { name: 'archive-av1', codec: 'av1', waiting: 1840, workers: 0 },
];

/** The definition and its objects; the last has nobody who works on it, and says so. */
export function addQueues(writes: Writes, registry: KindRegistry): void {
  define(writes);
  const kind = registry.find(group, 'transcodequeues');
  if (kind === undefined) return;
  for (const { name, codec, waiting, workers } of queues) {
    const isReady = workers > 0;
    const condition = {
      type: 'Ready',
      status: isReady ? 'True' : 'False',
      reason: isReady ? 'WorkersReady' : 'NoWorkers',
      message: isReady ? `${workers} workers take jobs.` : 'No worker of av1-encoder is ready.',
    };
    const status = { observedGeneration: 1, waiting, workers, conditions: [condition] };
    writes.create(kind, 'video', { metadata: { name }, spec: { codec, priority: 5 }, status }, options);
  }
}
