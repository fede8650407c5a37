import type { EditableObject, EditPreview, ObjectEdit, Permission } from '@quarterdeck/contracts';
import {
  type ClusterClient,
  type ClusterResponse,
  completeEdit,
  editableForm,
  type Identity,
  type Manifest,
  type ManifestReader,
  maskSecret,
  ownedChanges,
  withoutNoise,
  withoutSecretValues,
} from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import { AppError, forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, mapClusterError, type ProxyRecords, personIdentity } from '../clusters/index.ts';
import { isSecret, namespaceOf, neededToWrite, placeOf, targetOf } from './address-rights.ts';
import { changedMeanwhile, refusalOfAnswer, refusalOfText, replacedMeanwhile, TextRefusal } from './edit-refusal.ts';
import { auditedFields, toFieldChange } from './field-changes.ts';
import { type ObjectAddress, objectPathIn, readObject } from './object-address.ts';
import type { OwnersOf } from './owners-of.ts';

/** An object as its cluster gives it. */
export type LiveFields = Record<string, unknown> & {
  apiVersion?: string;
  kind?: string;
  metadata?: Record<string, unknown> & {
    uid?: string;
    resourceVersion?: string;
    managedFields?: Parameters<typeof ownedChanges>[2];
    ownerReferences?: { kind?: string; name?: string; controller?: boolean }[];
  };
};

/** Changes of one object by hand, as the person who makes them, field by field against the version they read. */
export interface ObjectEdits {
  /** @throws AppError 403 for values of a Secret without the right; `object_not_found` | `cluster_forbidden` … */
  read(actor: Actor, address: ObjectAddress, options: { values: boolean }): Promise<EditableObject>;
  /**
   * What saving would come to, by a dry run; nothing is changed, and a no is told, not thrown.
   * @throws AppError `object_changed` | `object_replaced` when it is another version by now; where nobody answered
   */
  preview(actor: Actor, address: ObjectAddress, edit: ObjectEdit): Promise<EditPreview>;
  /**
   * Puts it in place of the version that it was made from. An intent stands in the trail before, the outcome with the
   * changed fields after.
   * @throws AppError `object_changed` | `object_replaced` | `manifest_invalid` | `cluster_refused` …
   */
  save(
    actor: Actor,
    address: ObjectAddress,
    edit: ObjectEdit,
  ): Promise<{ uid: string; resourceVersion: string; changed: boolean; warnings: string[] }>;
}

type Ready = {
  client: ClusterClient;
  identity: Identity;
  path: string;
  live: LiveFields;
  manifest: Manifest;
  body: Record<string, unknown>;
};

export function createObjectEdits(deps: {
  access: Access;
  connections: Connections;
  records: ProxyRecords;
  reader: ManifestReader;
  ownersOf: OwnersOf;
  /** `quarterdeck-editor.<installation>` */
  fieldManager: string;
}): ObjectEdits {
  const { access, connections, records, reader, ownersOf, fieldManager } = deps;

  async function liveOf(actor: Actor, address: ObjectAddress) {
    const client = await connections.for(address.clusterId);
    const identity = await personIdentity(
      access,
      actor.principal,
      address.clusterId,
      namespaceOf(address),
      actor.requestId,
    );
    const path = await objectPathIn(client, identity, address);
    const live = withKind(await readObject<LiveFields>(client, identity, { path, address }), address);
    return { client, identity, path, live };
  }

  /** @throws TextRefusal for a text that cannot be the object; AppError */
  async function prepare(actor: Actor, address: ObjectAddress, edit: ObjectEdit): Promise<Ready> {
    // Whether there is such a cluster is said before anything of the text.
    await connections.for(address.clusterId);
    const [manifest] = await reader.read(edit.yaml, { most: 1 }).catch(refusalOfText);
    if (manifest === undefined) throw new TextRefusal('It is empty: write the object, or leave the editor.');
    const { live, ...place } = await liveOf(actor, address);
    if (live.metadata?.uid !== edit.uid) throw replacedMeanwhile(address);
    if (live.metadata.resourceVersion !== edit.resourceVersion) throw changedMeanwhile(address);
    try {
      return { ...place, live, manifest, body: completeEdit(manifest.value, live) };
    } catch (error) {
      return refusalOfText(error, manifest);
    }
  }

  function put({ client, identity, path, body }: Ready, dryRun: boolean): Promise<ClusterResponse<LiveFields>> {
    return client
      .request<LiveFields>({
        method: 'PUT',
        path,
        query: { fieldManager, fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) },
        identity,
        priority: 'interactive',
        body,
      })
      .catch(mapClusterError);
  }

  return {
    async read(actor, address, { values }) {
      const { live } = await (values && isSecret(address) ? readValues(actor, address) : liveOf(actor, address));
      return {
        yaml: toYaml(editableForm(live, { values })),
        uid: live.metadata?.uid ?? '',
        resourceVersion: live.metadata?.resourceVersion ?? '',
        masked: isSecret(address) && !values,
        owners: await ownersOf(actor, address, live),
        readAt: new Date().toISOString(),
      };
    },

    async preview(actor, address, edit) {
      for (const permission of neededToWrite(targetOf(address)))
        if (!(await access.may(actor.principal, permission, placeOf(address))))
          throw forbidden(permission, 'on this object');
      let ready: Ready;
      try {
        ready = await prepare(actor, address, edit);
      } catch (error) {
        if (!(error instanceof TextRefusal)) throw error;
        const { code, said: detail, places } = error;
        return {
          refusal: { code, detail, places },
          change: 'unknown',
          before: '',
          fields: [],
          owners: [],
          warnings: [],
        };
      }
      const { live, manifest, body } = ready;
      const [answer, owners] = await Promise.all([put(ready, true), ownersOf(actor, address, live)]);
      const before = withoutNoise(live);
      const seen = { before: toYaml(maskSecret(before)), owners, warnings: warningsOf(answer, body) };
      if (answer.status >= 300) {
        const refused = refusalOfAnswer(answer, body, { address, manifest });
        if (refused instanceof AppError) throw refused;
        return { ...seen, refusal: refused, change: 'unknown', fields: [] };
      }
      const after = withoutNoise(withKind(answer.body, address));
      const fields = ownedChanges(before, after, booksOf(live));
      return {
        ...seen,
        after: toYaml(maskSecret(after, before)),
        change: fields.length === 0 ? 'unchanged' : 'change',
        fields: fields.map((field) => toFieldChange(field, isSecret(address))),
      };
    },

    async save(actor, address, edit) {
      const place = placeOf(address);
      const permissions = neededToWrite(targetOf(address));
      for (const permission of permissions) await access.check(actor, permission, place, { isKnown: true });
      const ready = await prepare(actor, address, edit);
      const { live, identity, body, manifest } = ready;
      const close = await records.open(actor, {
        clusterId: address.clusterId,
        target: targetOf(address),
        verb: 'update',
        query: new URLSearchParams({ fieldManager }),
        permissions,
        place,
        identity,
        groupsOf: place.namespace,
      });
      const before = withoutNoise(live);
      try {
        const answer = await put(ready, false);
        if (answer.status >= 300) {
          await close?.({ status: answer.status }, auditedFields(before, withoutNoise(body), isSecret(address)));
          const refused = refusalOfAnswer(answer, body, { address, manifest });
          throw refused instanceof AppError ? refused : new TextRefusal(refused.detail, refused.places, refused.code);
        }
        const saved = withKind(answer.body, address);
        await close?.({ status: answer.status }, auditedFields(before, withoutNoise(saved), isSecret(address)));
        return {
          uid: saved.metadata?.uid ?? '',
          resourceVersion: saved.metadata?.resourceVersion ?? '',
          changed: saved.metadata?.resourceVersion !== edit.resourceVersion,
          warnings: warningsOf(answer, body),
        };
      } catch (error) {
        if (error instanceof AppError && error.status === 503)
          await close?.({ code: error.code }, auditedFields(before, withoutNoise(body), isSecret(address)));
        throw error;
      }
    },
  };

  /** Values of a Secret: the right of its own, and a record of who read them. */
  async function readValues(actor: Actor, address: ObjectAddress) {
    const place = placeOf(address);
    const permissions: readonly Permission[] = ['workloads:read-secrets'];
    await access.check(actor, 'workloads:read-secrets', place, { isKnown: true });
    const identity = await personIdentity(access, actor.principal, address.clusterId, place.namespace, actor.requestId);
    const close = await records.open(actor, {
      clusterId: address.clusterId,
      target: targetOf(address),
      verb: 'get',
      query: new URLSearchParams(),
      permissions,
      place,
      identity,
      groupsOf: place.namespace,
    });
    try {
      const found = await liveOf(actor, address);
      await close?.({ status: 200 });
      return found;
    } catch (error) {
      await close?.({ code: error instanceof AppError ? error.code : 'internal' });
      throw error;
    }
  }
}

function booksOf({ metadata }: LiveFields) {
  return Array.isArray(metadata?.managedFields) ? metadata.managedFields : [];
}

/** What is masked is told from the address, whatever the answer says of its kind. */
function withKind(live: LiveFields, address: ObjectAddress): LiveFields {
  return isSecret(address) ? { ...live, kind: 'Secret' } : live;
}

function warningsOf({ warnings }: ClusterResponse<unknown>, object: Record<string, unknown>): string[] {
  return warnings.map((warning) => withoutSecretValues(object, warning));
}
