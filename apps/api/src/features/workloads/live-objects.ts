import type { LiveObject } from '@quarterdeck/contracts';
import { maskSecret } from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, personIdentity } from '../clusters/index.ts';
import { type ObjectAddress, objectPathIn, readObject } from './object-address.ts';

type Manager = { manager?: string; operation?: string; subresource?: string; time?: string };
/** A kind of a definition may hold anything under these names. */
type Condition = Partial<Record<'type' | 'status' | 'reason' | 'message' | 'lastTransitionTime', unknown>>;
type Live = Record<string, unknown> & {
  apiVersion?: string;
  kind?: string;
  metadata?: Record<string, unknown> & {
    uid?: string;
    resourceVersion?: string;
    annotations?: Record<string, string>;
    ownerReferences?: { kind?: string; name?: string; uid?: string; apiVersion?: string }[];
    managedFields?: Manager[];
  };
  status?: { conditions?: Condition[] };
};

/** What kubectl keeps of an earlier apply: the whole object again, the values of a Secret too. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export interface LiveObjects {
  /**
   * Asks the cluster itself, as the person who asks.
   * @throws AppError `object_not_found` | `kind_unknown` | `cluster_forbidden` | `cluster_unreachable` …
   */
  read(principal: Principal, address: ObjectAddress): Promise<LiveObject>;
}

/** Objects as their clusters hold them now; the inventory keeps rows, not objects. */
export function createLiveObjects({ access, connections }: { access: Access; connections: Connections }): LiveObjects {
  return {
    async read(principal, address) {
      const client = await connections.for(address.clusterId);
      const namespace = address.namespace === '_' ? undefined : address.namespace;
      const identity = await personIdentity(access, principal, address.clusterId, namespace);
      const path = await objectPathIn(client, identity, address);
      return toAnswer(await readObject<Live>(client, identity, { path, address }), address);
    },
  };
}

function toAnswer(live: Live, { group, plural }: ObjectAddress): LiveObject {
  const isSecret = group === 'core' && plural === 'secrets';
  const managers = listOf(live.metadata?.managedFields).map(({ manager, operation, subresource, time }) => ({
    name: manager ?? '',
    operation: operation ?? '',
    ...(subresource === undefined ? {} : { subresource }),
    ...timeAs('at', time),
  }));
  return {
    apiVersion: live.apiVersion ?? '',
    kind: live.kind ?? '',
    uid: live.metadata?.uid ?? '',
    resourceVersion: live.metadata?.resourceVersion ?? '',
    yaml: toYaml(shown(isSecret ? { ...live, kind: 'Secret' } : live)),
    masked: isSecret,
    conditions: listOf(live.status?.conditions).map(({ type, status, reason, message, lastTransitionTime }) => ({
      type: textOf(type),
      status: textOf(status),
      ...(textOf(reason) === '' ? {} : { reason: textOf(reason) }),
      ...(textOf(message) === '' ? {} : { message: textOf(message) }),
      ...timeAs('lastTransitionAt', lastTransitionTime),
    })),
    owners: listOf(live.metadata?.ownerReferences).map(({ kind, name, uid, apiVersion }) => ({
      kind: kind ?? '',
      name: name ?? '',
      uid: uid ?? '',
      apiVersion: apiVersion ?? '',
    })),
    managers: managers.toSorted((a, b) => (b.at ?? '').localeCompare(a.at ?? '')),
    readAt: new Date().toISOString(),
  };
}

/** Objects of foreign kinds hold what they like where ours hold lists of objects. */
function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  const items = Array.isArray(value) ? (value as readonly T[]) : [];
  return items.filter((item) => typeof item === 'object' && item !== null);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function timeAs<K extends string>(key: K, time: unknown): Partial<Record<K, string>> {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? {} : ({ [key]: new Date(at).toISOString() } as Record<K, string>);
}

/** In the order people write: apiVersion, kind, metadata, the rest, status last. */
function shown(live: Live): Record<string, unknown> {
  const { apiVersion, kind, metadata = {}, status, ...rest } = maskSecret(live) as Live;
  const { managedFields: _, annotations, ...kept } = metadata;
  const notes = Object.entries(annotations ?? {}).filter(([key]) => key !== lastApplied);
  return {
    apiVersion,
    kind,
    metadata: { ...kept, ...(notes.length === 0 ? {} : { annotations: Object.fromEntries(notes) }) },
    ...rest,
    ...(status === undefined ? {} : { status }),
  };
}
