import type { Deed, DeedPreview, Permission } from '@quarterdeck/contracts';
import {
  type ClusterClient,
  type ClusterResponse,
  type Identity,
  type ObjectTarget,
  type ProxyVerb,
  permissionsOf,
} from '@quarterdeck/kubernetes';
import { AppError, forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, mapClusterError, overloadOf, type ProxyRecords, personIdentity } from '../clusters/index.ts';
import type { InventoryPlaces } from '../inventory/index.ts';
import { createAutoscalerWarnings } from './autoscaler-warnings.ts';
import { notFound, type ObjectAddress, objectPathIn, readObject } from './object-address.ts';
import { type Change, changeFor, type Known, replicasOf } from './object-deeds.ts';

type Status = { message?: string };

/** A deed that may be sent: everything is asked and known but the cluster's own word. */
type Ready = {
  client: ClusterClient;
  identity: Identity;
  path: string;
  before: Known;
  body: object;
  target: ObjectTarget;
  verb: ProxyVerb;
  permissions: readonly Permission[];
  place: { clusterId: string; namespace?: string };
};

const mergePatch = 'application/merge-patch+json';

/**
 * Small changes of one object, as the person who asks: an intent in the trail before anything is sent, the outcome
 * after. The object must still be the one that was seen: its uid is compared, and sent along as a precondition.
 */
export interface ObjectActions {
  /**
   * Does it. The endpoint has asked the deed's own permission; what the kind needs beside it is asked here.
   * @throws AppError `object_replaced` | `object_not_found` | `cluster_refused` | `cluster_forbidden` …
   */
  act(
    actor: Actor,
    address: ObjectAddress,
    uid: string,
    deed: Deed,
  ): Promise<Pick<DeedPreview, 'replicas' | 'warnings'>>;
  /**
   * Does what another part of the room decides, in the same steps.
   * @returns the object as it was
   * @throws AppError as `act`, and what the change itself refuses
   */
  perform(actor: Actor, address: ObjectAddress, uid: string, change: Change): Promise<Known>;
  /**
   * Asks the cluster whether it would take it (`dryRun=All`): the same questions, nothing changed and so nothing in the
   * trail. What would be refused is told, not thrown.
   * @throws AppError `cluster_unreachable` | `cluster_busy` … where nobody answered
   */
  preview(actor: Actor, address: ObjectAddress, uid: string, deed: Deed): Promise<DeedPreview>;
}

export function createObjectActions(deps: {
  access: Access;
  connections: Connections;
  records: ProxyRecords;
  /** For autoscalers that own a number of replicas. */
  place: InventoryPlaces;
}): ObjectActions {
  const { access, connections, records } = deps;
  const autoscalersOf = createAutoscalerWarnings(deps.place);

  type Ask = (permission: Permission, place: Ready['place']) => Promise<void>;

  async function prepare(
    actor: Actor,
    { client, address, uid, change }: { client: ClusterClient; address: ObjectAddress; uid: string; change: Change },
    ask: Ask,
  ): Promise<Ready> {
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
      ...(change.subresource === undefined ? {} : { subresource: change.subresource }),
    };
    const verb: ProxyVerb = change.method === 'DELETE' ? 'delete' : 'patch';
    const permissions = neededFor(target, verb, change.permission);
    for (const permission of permissions) await ask(permission, place);
    const identity = await personIdentity(access, actor.principal, clusterId, namespace, actor.requestId);
    const path = await objectPathIn(client, identity, address);
    const before = await readObject<Known>(client, identity, { path, address });
    if (before.metadata?.uid !== uid) throw replaced(address);
    const now = { client, identity, path, before };
    const body = typeof change.body === 'function' ? await change.body(now) : change.body;
    return { ...now, body, target, verb, permissions, place };
  }

  async function perform(actor: Actor, address: ObjectAddress, uid: string, change: Change): Promise<Known> {
    const client = await connections.for(address.clusterId);
    const ready = await prepare(actor, { client, address, uid, change }, (permission, place) =>
      access.check(actor, permission, place, { isKnown: true }),
    );
    const facts = change.facts(ready.before);
    const { clusterId } = address;
    const { target, verb, permissions, place, identity } = ready;
    const close = await records.open(actor, {
      clusterId,
      target,
      verb,
      query: new URLSearchParams(),
      permissions,
      place,
      identity,
      groupsOf: place.namespace,
    });
    try {
      const response = await send(ready, change, false);
      await close?.({ status: response.status }, facts);
      refuse(response, address, change);
    } catch (error) {
      if (error instanceof AppError && error.status === 503) await close?.({ code: error.code }, facts);
      throw error;
    }
    return ready.before;
  }

  return {
    async act(actor, address, uid, deed) {
      // A cluster that is not there comes before a deed that cannot be.
      await connections.for(address.clusterId);
      const change = changeFor(deed, address, uid);
      const warnings = await autoscalersOf(actor.principal, address, deed);
      return { ...replicasIn(deed, await perform(actor, address, uid, change)), warnings };
    },

    perform,

    async preview(actor, address, uid, deed) {
      const client = await connections.for(address.clusterId);
      const change = changeFor(deed, address, uid);
      try {
        // Nobody tried to do it: a right that is missing is an answer, no denial for the trail.
        const ready = await prepare(actor, { client, address, uid, change }, async (permission, place) => {
          if (!(await access.may(actor.principal, permission, place))) throw forbidden(permission, 'on this object');
        });
        const response = await send(ready, change, true);
        refuse(response, address, change);
        const owners = ready.before.metadata?.ownerReferences ?? [];
        const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
        return {
          ...replicasIn(deed, ready.before),
          ...(owner === undefined ? {} : { owner: { kind: owner.kind ?? '', name: owner.name ?? '' } }),
          warnings: [...response.warnings, ...(await autoscalersOf(actor.principal, address, deed))],
        };
      } catch (error) {
        // Who could not be asked has not answered.
        if (!(error instanceof AppError) || error.status >= 429) throw error;
        return { refusal: { code: error.code, detail: error.message }, warnings: [] };
      }
    },
  };
}

/** What kubectl would need for the same, Secrets and what is cluster-wide included. */
function neededFor(target: ObjectTarget, verb: ProxyVerb, own: Permission): readonly Permission[] {
  if (own === 'workloads:operate') return [own];
  const needed: readonly Permission[] | undefined = permissionsOf(target, verb);
  if (needed === undefined)
    throw new AppError('forbidden', 403, `${target.resource} cannot be changed through here, whoever asks.`);
  return needed;
}

function send(
  { client, identity, path, body }: Ready,
  change: Change,
  dryRun: boolean,
): Promise<ClusterResponse<Status>> {
  const { method, subresource, contentType = mergePatch } = change;
  return client
    .request<Status>({
      method,
      path: subresource === undefined ? path : `${path}/${subresource}`,
      ...(dryRun ? { query: { dryRun: 'All' } } : {}),
      identity,
      priority: 'interactive',
      // Options in a body are taken instead of those in the query.
      body: dryRun && method === 'DELETE' ? { ...body, dryRun: ['All'] } : body,
      ...(method === 'PATCH' ? { contentType } : {}),
    })
    .catch(mapClusterError);
}

function replicasIn(deed: Deed, before: Known): Pick<DeedPreview, 'replicas'> {
  return deed.kind === 'scale' ? { replicas: { before: replicasOf(before), after: deed.replicas } } : {};
}

/** @throws AppError for every answer that is no success */
function refuse(response: ClusterResponse<Status>, address: ObjectAddress, change: Change): void {
  const { status, body } = response;
  if (status < 300) return;
  if (status === 404) throw notFound(address);
  if (status === 409 || (status === 422 && isTestFailed(body, change))) throw replaced(address);
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

/** A JSON patch of ours is well-formed: one that does not fit the object failed at what it tests. */
function isTestFailed(body: Status, { contentType }: Change): boolean {
  return contentType !== undefined && /error in our request/.test(said(body));
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
