import type { RevisionedPlural, WorkloadRevisions } from '@quarterdeck/contracts';
import { ownedChanges } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, personIdentity } from '../clusters/index.ts';
import { toFieldChange } from './field-changes.ts';
import { comparable, imagesOf, type KeptRevision, readKeptRevisions } from './kept-revisions.ts';
import type { ObjectActions } from './object-actions.ts';
import { objectPathIn, readObject } from './object-address.ts';
import type { Change, Known } from './object-deeds.ts';
import type { FindOwningRelease } from './owners-of.ts';

export type RevisionedWorkload = { clusterId: string; namespace: string; plural: RevisionedPlural; name: string };

/** Former templates of a workload, and the way back to one of them. */
export interface WorkloadRollouts {
  /** @throws AppError `object_not_found` | `cluster_forbidden` | `cluster_unreachable` … */
  revisions(principal: Principal, workload: RevisionedWorkload): Promise<WorkloadRevisions>;
  /**
   * Puts the template of a revision in place of the one there is, by a patch that tests uid and that template first.
   * @throws AppError `release_owned` | `revision_not_found` | `revision_current` | `rollout_paused` | `object_replaced` …
   */
  rollBack(
    actor: Actor,
    workload: RevisionedWorkload,
    to: { uid: string; revision: number },
  ): Promise<{ before: string[]; after: string[] }>;
}

const kinds: Readonly<Record<RevisionedPlural, string>> = {
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
};

export function createWorkloadRollouts(deps: {
  access: Access;
  connections: Connections;
  actions: Pick<ObjectActions, 'perform'>;
  findRelease: FindOwningRelease;
  releaseFieldManager: string;
}): WorkloadRollouts {
  const { access, connections, actions } = deps;
  const releaseOf = (principal: Principal, { clusterId, namespace, plural, name }: RevisionedWorkload) =>
    deps.findRelease(principal, { clusterId, group: 'apps', kind: kinds[plural], namespace, name });

  return {
    async revisions(principal, workload) {
      const { clusterId, namespace } = workload;
      const client = await connections.for(clusterId);
      const identity = await personIdentity(access, principal, clusterId, namespace);
      const address = { ...workload, group: 'apps' };
      const path = await objectPathIn(client, identity, address);
      const live = await readObject<Known>(client, identity, { path, address });
      const uid = live.metadata?.uid ?? '';
      const [kept, owner] = await Promise.all([
        readKeptRevisions({ client, identity }, { ...workload, uid }),
        releaseOf(principal, workload),
      ]);
      const template = live.spec?.template;
      return {
        uid,
        paused: live.spec?.paused === true,
        ...(owner === undefined ? {} : { owner: { kind: 'release', manager: deps.releaseFieldManager, ...owner } }),
        items: kept.map((revision) => itemOf(revision, template)),
        readAt: new Date().toISOString(),
      };
    },

    async rollBack(actor, workload, { uid, revision }) {
      const owner = await releaseOf(actor.principal, workload);
      if (owner !== undefined) throw releaseOwned(workload, owner);
      let images: { before: string[]; after: string[] } | undefined;
      const change: Change = {
        permission: 'workloads:operate',
        method: 'PATCH',
        contentType: 'application/json-patch+json',
        async body({ client, identity, before }) {
          if (before.spec?.paused === true) throw paused(workload);
          const kept = await readKeptRevisions({ client, identity }, { ...workload, uid });
          const chosen = kept.find((one) => one.revision === revision);
          if (chosen === undefined) throw notKept(workload, revision, kept);
          const template = before.spec?.template;
          if (changesTo(chosen, template).length === 0) throw isCurrent(workload, revision);
          images = { before: imagesOf(template), after: imagesOf(chosen.template) };
          return [
            { op: 'test', path: '/metadata/uid', value: uid },
            // What is put away is what was compared: the version itself changes with each word of its status.
            { op: 'test', path: '/spec/template', value: template },
            { op: 'replace', path: '/spec/template', value: chosen.template },
          ];
        },
        facts: () => [
          { path: 'revision', after: revision },
          { path: 'images', before: images?.before.join(', ') ?? '', after: images?.after.join(', ') ?? '' },
        ],
      };
      await actions.perform(actor, { ...workload, group: 'apps' }, uid, change);
      return images ?? { before: [], after: [] };
    },
  };
}

/** Where going back would change the template there is; images first. */
function changesTo({ template }: KeptRevision, current: unknown) {
  const changes = ownedChanges(comparable(current), comparable(template), []).map((change) => {
    const { owners: _, ...shown } = toFieldChange(change, false);
    return shown;
  });
  const isImage = ({ path }: { path: string }) => path.endsWith('.image');
  return changes.toSorted((a, b) => Number(isImage(b)) - Number(isImage(a)));
}

function itemOf(kept: KeptRevision, current: unknown): WorkloadRevisions['items'][number] {
  const { revision, name, createdAt, cause, template } = kept;
  const changes = changesTo(kept, current);
  const at = createdAt === undefined ? Number.NaN : Date.parse(createdAt);
  return {
    revision,
    name,
    ...(Number.isNaN(at) ? {} : { createdAt: new Date(at).toISOString() }),
    ...(cause === undefined ? {} : { cause }),
    images: imagesOf(template),
    current: changes.length === 0,
    changes,
  };
}

function releaseOwned({ name }: RevisionedWorkload, { release }: { release?: ReleaseName }): AppError {
  const way =
    release === undefined
      ? 'a release of an application that you may not read: ask its team to roll that back.'
      : `release #${release.number} of ${release.project}/${release.application} in ${release.environment}: roll that back, or the next release undoes it. /applications/${release.project}/${release.application}/${release.environment}/releases/${release.number}`;
  return new AppError('release_owned', 409, `${name} came with ${way}`);
}
type ReleaseName = { number: number; project: string; application: string; environment: string };

function paused({ name }: RevisionedWorkload): AppError {
  return new AppError('rollout_paused', 409, `The rollout of ${name} is paused: resume it first, then roll back.`);
}

function notKept({ name }: RevisionedWorkload, revision: number, kept: readonly KeptRevision[]): AppError {
  const there = kept.map((one) => one.revision).join(', ');
  const detail = `The cluster keeps no revision ${revision} of ${name}${there === '' ? '.' : `: it keeps ${there}.`}`;
  return new AppError('revision_not_found', 422, detail, {
    errors: [{ pointer: '/revision', code: 'revision_not_found', detail }],
  });
}

function isCurrent({ name }: RevisionedWorkload, revision: number): AppError {
  const detail = `${name} asks for what revision ${revision} holds already: there is nothing to roll back.`;
  return new AppError('revision_current', 422, detail, {
    errors: [{ pointer: '/revision', code: 'revision_current', detail }],
  });
}
