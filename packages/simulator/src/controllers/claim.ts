import { quantity } from '../objects/quantity.ts';
import { at, type KubeObject, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, manager, putStatus } from './context.ts';

/** The provisioner that every simulated cluster has. */
export const provisioner = 'disk.sim.quarterdeck.dev';

const retryMs = 15_000;
const completed = 'pv.kubernetes.io/bind-completed';

/** Binds a claim to a volume that fits, or has one made where its class has a provisioner; says why neither works. */
export function reconcileClaim(context: Context, namespace: string, name: string): unknown {
  const { store, due } = context;
  const claim = store.get(known.claims, namespace, name);
  if (claim === undefined || at(claim, 'status', 'phase') === 'Bound') return;
  const found = store.list(known.volumes).find((volume) => fits(volume, claim));
  if (found !== undefined) return bind(context, claim, found);
  due.at(`claim/${namespace}/${name}`, retryMs, () => reconcileClaim(context, namespace, name));
  const className = textOf(at(claim, 'spec', 'storageClassName'));
  if (className === '') {
    const words = 'no persistent volumes available for this claim and no storage class is set';
    return emit(context, claim, 'Normal', 'FailedBinding', words);
  }
  const storageClass = store.get(known.storageClasses, undefined, className);
  if (storageClass === undefined) {
    const words = `storageclass.storage.k8s.io "${className}" not found`;
    return emit(context, claim, 'Warning', 'ProvisioningFailed', words);
  }
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !isUsed(context, claim)) {
    const words = 'waiting for first consumer to be created before binding';
    return emit(context, claim, 'Normal', 'WaitForFirstConsumer', words);
  }
  const by = textOf(storageClass.provisioner);
  if (by === provisioner) return bind(context, claim, provision(context, claim, storageClass));
  const words = `Waiting for a volume to be created either by the external provisioner '${by}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  emit(context, claim, 'Normal', 'ExternalProvisioning', words);
}

/** A volume that is bound to nobody, or kept for this claim. */
function fits(volume: KubeObject, claim: KubeObject): boolean {
  const wanted = at(volume, 'spec', 'claimRef');
  const { namespace, name } = claim.metadata;
  if (wanted !== undefined) return at(wanted, 'namespace') === namespace && at(wanted, 'name') === name;
  const size = (object: KubeObject, ...path: string[]) => quantity(at(object, 'spec', ...path, 'storage'));
  const modes = at(volume, 'spec', 'accessModes');
  const asked = at(claim, 'spec', 'accessModes');
  return (
    textOf(at(volume, 'spec', 'storageClassName')) === textOf(at(claim, 'spec', 'storageClassName')) &&
    size(volume, 'capacity') >= size(claim, 'resources', 'requests') &&
    Array.isArray(asked) &&
    asked.every((mode) => Array.isArray(modes) && modes.includes(mode))
  );
}

function isUsed({ store }: Context, { metadata }: KubeObject): boolean {
  return store
    .list(known.pods, metadata.namespace)
    .some((pod) => JSON.stringify(at(pod, 'spec', 'volumes') ?? []).includes(`"claimName":"${metadata.name}"`));
}

function provision(context: Context, claim: KubeObject, storageClass: KubeObject): KubeObject {
  const name = `pvc-${claim.metadata.uid}`;
  const spec = {
    capacity: { storage: at(claim, 'spec', 'resources', 'requests', 'storage') },
    accessModes: at(claim, 'spec', 'accessModes'),
    persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
    storageClassName: storageClass.metadata.name,
    csi: { driver: provisioner, volumeHandle: name, fsType: 'ext4' },
  };
  const annotations = { 'pv.kubernetes.io/provisioned-by': provisioner };
  const volume = context.writes.create(known.volumes, undefined, { metadata: { name, annotations }, spec }, manager);
  emit(context, claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
  return volume;
}

function bind(context: Context, claim: KubeObject, volume: KubeObject): void {
  const { store } = context;
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  const bound = store.put(known.volumes, { ...volume, spec: { ...volume.spec, claimRef } });
  putStatus(context, known.volumes, bound, { phase: 'Bound' });
  const annotations = { ...claim.metadata.annotations, [completed]: 'yes' };
  const { name: volumeName } = volume.metadata;
  const { capacity, accessModes } = volume.spec ?? {};
  const spec = { ...claim.spec, volumeName };
  const metadata = { ...claim.metadata, annotations };
  store.put(known.claims, { ...claim, metadata, spec, status: { phase: 'Bound', accessModes, capacity } });
}

/** A volume is free, taken, or left over by a claim that is gone. */
export function reconcileVolume(context: Context, _: string, name: string): void {
  const { store } = context;
  const volume = store.get(known.volumes, undefined, name);
  if (volume === undefined) return;
  const ref = at(volume, 'spec', 'claimRef');
  const claim = store.get(known.claims, textOf(at(ref, 'namespace')), textOf(at(ref, 'name')));
  const phase = at(volume, 'status', 'phase');
  if (ref !== undefined && phase === 'Bound' && claim?.metadata.uid !== at(ref, 'uid')) {
    if (at(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete') store.remove(known.volumes, volume);
    else putStatus(context, known.volumes, volume, { phase: 'Released' });
    return;
  }
  if (phase !== 'Pending') return;
  putStatus(context, known.volumes, volume, { phase: 'Available' });
  for (const { metadata } of store.list(known.claims)) reconcileClaim(context, metadata.namespace ?? '', metadata.name);
}
