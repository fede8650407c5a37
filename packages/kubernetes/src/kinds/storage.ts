import { conditionsOf } from '../projection/conditions.ts';
import { memoryBytes } from '../projection/quantity.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, objectOf, textOf, textOrNothing, textsOf } from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

const claimHealth: Readonly<Record<string, HealthLevel>> = { Bound: 'healthy', Pending: 'waiting', Lost: 'failed' };
const volumeHealth: Readonly<Record<string, HealthLevel>> = {
  Bound: 'healthy',
  Available: 'healthy',
  Pending: 'waiting',
  Released: 'waiting',
  Failed: 'failed',
};

export const claimKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
  rank: 45,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const phase = textOf(status.phase, 64) || 'Unknown';
    const isLeaving = typeof objectOf(object.metadata).deletionTimestamp === 'string';
    return {
      health: isLeaving ? 'updating' : healthOf(claimHealth, phase),
      statusText: isLeaving ? 'Terminating' : phase,
      facts: facts({
        phase,
        class: textOrNothing(spec.storageClassName),
        requestedBytes: memoryBytes(objectOf(objectOf(spec.resources).requests).storage),
        capacityBytes: memoryBytes(objectOf(status.capacity).storage),
        volume: textOrNothing(spec.volumeName),
        accessModes: textsOf(spec.accessModes, 8, 32),
        mode: textOrNothing(spec.volumeMode, 32),
        conditions: conditionsOf(status),
      }),
      words: [textOf(spec.volumeName), textOf(spec.storageClassName)],
    };
  },
};

export const volumeKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
  rank: 46,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const phase = textOf(status.phase, 64) || 'Unknown';
    const claim = objectOf(spec.claimRef);
    const claimName = textOrNothing(claim.name);
    return {
      health: healthOf(volumeHealth, phase),
      statusText: phase,
      facts: facts({
        phase,
        reason: textOrNothing(status.reason, 128),
        message: textOrNothing(status.message, 300),
        class: textOrNothing(spec.storageClassName),
        capacityBytes: memoryBytes(objectOf(spec.capacity).storage),
        claim: claimName === undefined ? undefined : `${textOf(claim.namespace, 63)}/${claimName}`,
        reclaim: textOrNothing(spec.persistentVolumeReclaimPolicy, 32),
        accessModes: textsOf(spec.accessModes, 8, 32),
        mode: textOrNothing(spec.volumeMode, 32),
        driver: textOrNothing(objectOf(spec.csi).driver),
      }),
      words: [claimName, textOf(spec.storageClassName)],
    };
  },
};

const defaultClass = 'storageclass.kubernetes.io/is-default-class';

export const storageClassKind: WatchedKind = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
  rank: 47,
  project(object) {
    const isDefault = objectOf(objectOf(object.metadata).annotations)[defaultClass] === 'true';
    return {
      health: 'healthy',
      statusText: isDefault ? 'Default' : 'Offered',
      facts: facts({
        provisioner: textOrNothing(object.provisioner),
        binding: textOrNothing(object.volumeBindingMode, 32),
        reclaim: textOrNothing(object.reclaimPolicy, 32),
        expands: object.allowVolumeExpansion === true || undefined,
        default: isDefault || undefined,
      }),
      words: [textOf(object.provisioner)],
    };
  },
};

function healthOf(levels: Readonly<Record<string, HealthLevel>>, phase: string): HealthLevel {
  return Object.hasOwn(levels, phase) ? (levels[phase] ?? 'unknown') : 'unknown';
}
