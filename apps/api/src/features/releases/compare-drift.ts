import {
  type ApplyContext,
  driftOf,
  type KubernetesObject,
  type Priority,
  whyNotCompared,
} from '@quarterdeck/kubernetes';
import type { Access } from '../access/index.ts';
import type { Connections } from '../clusters/index.ts';
import { deployerIdentity } from './deployer-identity.ts';
import type { DriftBasis, DriftedObject, DriftFailure, DriftStore } from './drift.store.ts';
import type { Fingerprints } from './fingerprints.ts';
import { scaledIn } from './inspect-target.ts';
import { type PreparedObject, prepareObject } from './prepare-object.ts';
import type { QuestionsStore } from './questions.store.ts';
import type { ObjectRecord } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

type Place = { targetId: string; clusterId: string; namespace: string };
export type ComparedObject = DriftedObject & { before?: Record<string, unknown>; after?: Record<string, unknown> };

export type Comparison =
  | { outcome: 'compared'; basis: DriftBasis; objects: ComparedObject[] }
  | { outcome: 'failed'; failure: DriftFailure }
  /** A release is under way there, or did not end well. */
  | { outcome: 'unsettled' }
  | { outcome: 'nothing' };

export type CompareDrift = (place: Place, how: { priority: Priority; signal?: AbortSignal }) => Promise<Comparison>;

/**
 * Compares what is on a target with what was last put there, object by object, and keeps what differs. Fields that were
 * left to others, and replicas that an autoscaler sets, are theirs.
 */
export function createCompareDrift(deps: {
  access: Access;
  connections: Connections;
  store: ReleasesStore;
  driftStore: DriftStore;
  questions: QuestionsStore;
  fingerprints: Fingerprints;
  fieldManager: string;
}): CompareDrift {
  const { access, connections, store, driftStore, questions, fingerprints } = deps;
  async function compareObject(
    context: ApplyContext,
    { record: object, manifest }: PreparedObject,
    uid: string | undefined,
  ): Promise<ComparedObject | undefined> {
    const fingerprint = fingerprints.get(object, manifest);
    const drift = await driftOf(context, manifest, {
      ...(uid === undefined ? {} : { uid }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
    });
    if (drift.kind === 'same') fingerprints.put(object, manifest, drift.fingerprint);
    else fingerprints.drop(object, manifest);
    const { group, kind, namespace, name } = object;
    const base = { group, kind, namespace, name, isOurs: true, fields: [], detail: undefined };
    switch (drift.kind) {
      case 'same':
        return undefined;
      case 'deleted':
        return { ...base, drift: 'deleted' };
      case 'unknown':
        return { ...base, drift: 'unknown', detail: drift.detail };
      default:
        return {
          ...base,
          drift: drift.kind,
          isOurs: drift.isOurs,
          fields: drift.fields,
          before: drift.before,
          after: drift.after,
        };
    }
  }

  return async function compare(place, how) {
    const [basis] = await driftStore.bases([place.targetId]);
    if (basis === undefined) return { outcome: 'nothing' };
    if (basis.kind === 'remove' && basis.state === 'healthy') {
      await driftStore.forget(place.targetId);
      return { outcome: 'nothing' };
    }
    if (basis.state !== 'healthy') {
      await driftStore.putOff(place.targetId);
      return { outcome: 'unsettled' };
    }
    try {
      const [client, number, objects, uids, rules] = await Promise.all([
        connections.for(place.clusterId),
        access.projects.numberIn(place.clusterId, basis.projectId),
        store.objectsOf(basis.releaseId, place.targetId),
        driftStore.uidsOf(place.targetId),
        questions.rulesOf([place.targetId]),
      ]);
      const known = new Map(uids.map((object) => [keyOf(object), object.uid]));
      const identity = deployerIdentity(number, { actor: 'drift' });
      const context: ApplyContext = { client, identity, fieldManager: deps.fieldManager, ...how };
      const manifests = objects.map(({ bytes }) => JSON.parse(bytes) as KubernetesObject);
      const scaled = await scaledIn(context, place.namespace, manifests);
      const found = await Promise.all(
        objects.map((object, index) => {
          const prepared = prepareObject(object, manifests[index] as KubernetesObject, rules, scaled);
          return compareObject(context, prepared, known.get(keyOf(object)));
        }),
      );
      const drifted = found.filter((object) => object !== undefined);
      const isKept = await driftStore.save(basis, drifted);
      return isKept ? { outcome: 'compared', basis, objects: drifted } : { outcome: 'unsettled' };
    } catch (error) {
      const failure = whyNotCompared(error);
      await driftStore.fail(place.targetId, failure);
      return { outcome: 'failed', failure };
    }
  };
}

function keyOf({ group, kind, namespace, name }: Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>): string {
  return [group, kind, namespace, name].join('/');
}
