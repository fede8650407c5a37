import { type Permission, restartableKinds, scalableKinds } from '@quarterdeck/contracts';
import { type ClusterResponse, type ObjectTarget, type ProxyVerb, permissionsOf } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { AuditChange } from '../audit/index.ts';
import { type Connections, mapClusterError, overloadOf, type ProxyRecords, personIdentity } from '../clusters/index.ts';
import { notFound, type ObjectAddress, objectPathIn, readObject } from './object-address.ts';

type Known = { metadata?: { uid?: string; labels?: Record<string, string> }; spec?: { replicas?: number } };
type Status = { message?: string };

/** What is sent, and what of it the trail says beside the verb. */
type Change = {
  method: 'PATCH' | 'DELETE';
  subresource?: 'scale';
  /** Kinds that know it, and what is done to them. */
  only?: { kinds: readonly string[]; done: string };
  body: (before: Known) => unknown;
  facts: (before: Known) => AuditChange[];
};

const mergePatch = 'application/merge-patch+json';
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/**
 * Small changes of one object, as the person who asks: an intent in the trail before anything is sent, the outcome
 * after. The object must still be the one that was seen: its uid is compared, and sent along as a precondition.
 */
export interface ObjectActions {
  restart(actor: Actor, address: ObjectAddress, uid: string): Promise<void>;
  scale(
    actor: Actor,
    address: ObjectAddress,
    input: { uid: string; replicas: number },
  ): Promise<{ before: number; after: number }>;
  delete(actor: Actor, address: ObjectAddress, uid: string): Promise<void>;
  /** `null` takes a label off. */
  label(
    actor: Actor,
    address: ObjectAddress,
    input: { uid: string; labels: Readonly<Record<string, string | null>> },
  ): Promise<void>;
}

export function createObjectActions(deps: {
  access: Access;
  connections: Connections;
  records: ProxyRecords;
}): ObjectActions {
  const { access, connections, records } = deps;

  /**
   * @param declared the permission that the endpoint has asked already
   * @returns the object as it was before
   */
  async function change(
    actor: Actor,
    address: ObjectAddress,
    { uid, declared }: { uid: string; declared: Permission },
    { method, subresource, only, body, facts }: Change,
  ): Promise<Known> {
    const { clusterId, group, plural, name } = address;
    const namespace = address.namespace === '_' ? undefined : address.namespace;
    const place = { clusterId, ...(namespace === undefined ? {} : { namespace }) };
    const target: ObjectTarget = {
      kind: 'object',
      group: group === 'core' ? '' : group,
      version: 'v1',
      ...(namespace === undefined ? {} : { namespace }),
      resource: plural,
      name,
      ...(subresource === undefined ? {} : { subresource }),
    };
    const verb: ProxyVerb = method === 'DELETE' ? 'delete' : 'patch';
    const permissions = await allowed(actor, { target, verb, declared, place });
    const client = await connections.for(clusterId);
    if (only !== undefined) mustBeOneOf(only.kinds, address, only.done);
    const identity = await personIdentity(access, actor.principal, clusterId, namespace, actor.requestId);
    const path = await objectPathIn(client, identity, address);
    const before = await readObject<Known>(client, identity, { path, address });
    if (before.metadata?.uid !== uid) throw replaced(address);
    const close = await records.open(actor, {
      clusterId,
      target,
      verb,
      query: new URLSearchParams(),
      permissions,
      place,
      identity,
      groupsOf: namespace,
    });
    try {
      const response = await client
        .request<Status>({
          method,
          path: subresource === undefined ? path : `${path}/${subresource}`,
          identity,
          priority: 'interactive',
          body: body(before),
          ...(method === 'PATCH' ? { contentType: mergePatch } : {}),
        })
        .catch(mapClusterError);
      await close?.({ status: response.status }, facts(before));
      refuse(response, address);
    } catch (error) {
      if (error instanceof AppError && error.status === 503) await close?.({ code: error.code }, facts(before));
      throw error;
    }
    return before;
  }

  /** What kubectl would need for the same, Secrets and what is cluster-wide included. */
  async function allowed(
    actor: Actor,
    asked: {
      target: ObjectTarget;
      verb: ProxyVerb;
      declared: Permission;
      place: { clusterId: string; namespace?: string };
    },
  ): Promise<readonly Permission[]> {
    const { target, verb, declared, place } = asked;
    // To restart is to operate, though it is a patch of the object like any edit.
    if (declared === 'workloads:operate') return [declared];
    const needed: readonly Permission[] | undefined = permissionsOf(target, verb);
    if (needed === undefined)
      throw new AppError('forbidden', 403, `${target.resource} cannot be changed through here, whoever asks.`);
    for (const permission of needed) await access.check(actor, permission, place, { isKnown: true });
    return needed;
  }

  return {
    async restart(actor, address, uid) {
      const at = new Date().toISOString();
      const template = { template: { metadata: { annotations: { [restartedAt]: at } } } };
      await change(
        actor,
        address,
        { uid, declared: 'workloads:operate' },
        {
          method: 'PATCH',
          only: { kinds: restartableKinds, done: 'restarted' },
          body: () => ({ metadata: { uid }, spec: template }),
          facts: () => [{ path: 'restartedAt', after: at }],
        },
      );
    },

    async scale(actor, address, { uid, replicas }) {
      const before = await change(
        actor,
        address,
        { uid, declared: 'workloads:operate' },
        {
          method: 'PATCH',
          subresource: 'scale',
          only: { kinds: scalableKinds, done: 'scaled' },
          body: () => ({ spec: { replicas } }),
          facts: ({ spec }) => [{ path: 'replicas', before: spec?.replicas ?? 1, after: replicas }],
        },
      );
      return { before: before.spec?.replicas ?? 1, after: replicas };
    },

    async delete(actor, address, uid) {
      const isPod = address.group === 'core' && address.plural === 'pods';
      await change(
        actor,
        address,
        { uid, declared: isPod ? 'workloads:operate' : 'workloads:edit' },
        {
          method: 'DELETE',
          body: () => ({
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            preconditions: { uid },
            propagationPolicy: 'Background',
          }),
          facts: () => [],
        },
      );
    },

    async label(actor, address, { uid, labels }) {
      await change(
        actor,
        address,
        { uid, declared: 'workloads:edit' },
        {
          method: 'PATCH',
          body: () => ({ metadata: { uid, labels } }),
          facts: ({ metadata }) =>
            Object.entries(labels).map(([name, after]) => ({
              path: `labels/${name}`,
              ...(metadata?.labels?.[name] === undefined ? {} : { before: metadata.labels[name] }),
              ...(after === null ? {} : { after }),
            })),
        },
      );
    },
  };
}

function mustBeOneOf(kinds: readonly string[], { plural }: ObjectAddress, done: string): void {
  if (kinds.includes(plural)) return;
  const detail = `${plural} cannot be ${done}: only ${kinds.join(', ')} can.`;
  throw new AppError('invalid_input', 422, detail, {
    errors: [{ pointer: 'params/plural', code: 'invalid_input', detail }],
  });
}

/** @throws AppError for every answer that is no success */
function refuse(response: ClusterResponse<Status>, address: ObjectAddress): void {
  const { status, body } = response;
  if (status < 300) return;
  if (status === 404) throw notFound(address);
  if (status === 409) throw replaced(address);
  if (status === 401 || status === 403) {
    const why =
      typeof body === 'object' && /denied the request|exceeded quota/.test(body.message ?? '')
        ? `: ${said(body)}`
        : '.';
    throw new AppError('cluster_forbidden', 403, `The cluster does not let you do this${why}`);
  }
  throw (
    overloadOf(response) ??
    (status < 500
      ? new AppError('cluster_refused', 422, `The cluster refused it: ${said(body)}`)
      : new AppError('cluster_unreachable', 503, `The cluster answered ${status}.`, { retryAfterSeconds: 5 }))
  );
}

const saidAtMost = 300;
const said = (body: Status) =>
  typeof body === 'object' && typeof body.message === 'string'
    ? body.message.slice(0, saidAtMost)
    : 'it gave no reason.';

function replaced({ name, plural }: ObjectAddress): AppError {
  return new AppError(
    'object_replaced',
    409,
    `${name} among the ${plural} is another one by now, or changed just then. Nothing was done: look again.`,
  );
}
