import type { KindRegistry } from '../objects/kind-registry.ts';
import { known } from '../objects/well-known.ts';
import type { Writes } from '../server/writes.ts';

const options = { manager: 'kubectl-client-side-apply', dryRun: false };
const group = 'media.example.com';

const conditions = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status'],
    properties: Object.fromEntries(['type', 'status', 'reason', 'message'].map((name) => [name, { type: 'string' }])),
  },
};
const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['codec'],
      properties: {
        codec: { type: 'string', enum: ['h264', 'h265', 'av1'], description: 'What the workers encode to.' },
        priority: { type: 'integer', minimum: 0, maximum: 9, default: 5, description: 'Nine goes first.' },
      },
    },
    status: {
      type: 'object',
      properties: {
        ...Object.fromEntries(['observedGeneration', 'waiting', 'workers'].map((name) => [name, { type: 'integer' }])),
        conditions,
      },
    },
  },
};

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
        schema: { openAPIV3Schema: schema },
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
  // Who sees them: the platform team says so with its definition, for the roles of the cluster and for ours.
  const name = 'transcodequeues-readers';
  const rules = [{ apiGroups: [group], resources: ['transcodequeues'], verbs: ['get', 'list', 'watch'] }];
  const labels = {
    'rbac.authorization.k8s.io/aggregate-to-view': 'true',
    'quarterdeck.dev/aggregate-to-inventory': 'true',
    'quarterdeck.dev/aggregate-to-viewers': 'true',
  };
  writes.create(known.clusterRoles, undefined, { metadata: { name, labels }, rules }, options);
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
