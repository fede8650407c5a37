import type { ReleaseDetail, ReleasePreview } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { type Actor, type Principal, principalId } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, Applications } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { Clusters, Connections } from '../clusters/index.ts';
import type { Parameters, ReleaseParameters, Templates } from '../templates/index.ts';
import { checkRegistries, checkRenderedImages } from './check-registries.ts';
import { checkTemplate } from './check-template.ts';
import { deployerIdentity } from './deployer-identity.ts';
import { type Plan, planRelease } from './plan-release.ts';
import { previewPlan } from './preview-release.ts';
import type { ReleaseRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { ReleasesReadModel } from './releases.read-model.ts';
import type { NewRelease, ReleaseFilter, ReleasesStore } from './releases.store.ts';
import { startPermissions } from './start-permissions.ts';

export type ReleaseInput = {
  applicationId: string;
  environmentId: string;
  /** Absent: the version that the environment follows. */
  templateVersionId?: string | undefined;
  images: Record<string, string>;
  /** The layer of the environment; absent: as it is kept. */
  parameters?: Record<string, unknown> | undefined;
};

/** Rendered bytes of a template version, put on targets; never changed, put back by a release of their own. */
export interface Releases {
  preview(principal: Principal, input: ReleaseInput): Promise<ReleasePreview>;
  /** @param idempotencyKey the same key gives the same release */
  create(
    actor: Actor,
    input: ReleaseInput & { contentSha256?: string | undefined; note?: string | undefined },
    idempotencyKey: string | undefined,
  ): Promise<ReleaseDetail>;
  rollback(
    actor: Actor,
    releaseId: string,
    reason: string | undefined,
    idempotencyKey: string | undefined,
  ): Promise<ReleaseDetail>;
  removeFromEnvironment(
    actor: Actor,
    input: { applicationId: string; environmentId: string; confirm: string; reason?: string | undefined },
    idempotencyKey: string | undefined,
  ): Promise<ReleaseDetail>;
  abort(actor: Actor, releaseId: string): Promise<ReleaseDetail>;
  /** Needs what starting it needs, too: from then on it runs for the actor. */
  resume(actor: Actor, releaseId: string, reason: string | undefined): Promise<ReleaseDetail>;
  retry(actor: Actor, releaseId: string, targetId: string): Promise<ReleaseDetail>;
  get(releaseId: string): Promise<ReleaseDetail>;
  /** @throws AppError `not_found` also for whoever may not read it */
  read(principal: Principal, releaseId: string): Promise<ReleaseDetail>;
  record(releaseId: string): Promise<ReleaseRecord>;
  /** Those of environments in which the principal may read releases. */
  list(
    principal: Principal,
    query: ReleaseFilter & { limit: number; cursor?: string | undefined },
  ): Promise<{
    items: ReturnType<ReleasesReadModel['toView']>[];
    nextCursor?: string;
    total: number;
    totalIsExact: boolean;
  }>;
}

export function createReleases(deps: {
  access: Access;
  applications: Applications;
  templates: Templates;
  parameters: Parameters;
  clusters: Clusters;
  connections: Connections;
  store: ReleasesStore;
  readModel: ReleasesReadModel;
  cursors: Cursors;
  fieldManager: string;
}): Releases {
  const { access, applications, templates, parameters, clusters, connections, store, readModel, cursors } = deps;

  async function plan(
    principal: Principal,
    input: ReleaseInput,
  ): Promise<{ planned: Plan; layers: ReleaseParameters }> {
    const [application, records] = await Promise.all([applications.record(input.applicationId), clusters.records()]);
    const [project, layers] = await Promise.all([
      access.projects.get(application.projectId),
      parameters.forRelease(principal, application, input.environmentId, input),
    ]);
    const { template } = layers;
    checkTemplate(project, template.record.name);
    checkRegistries(project, input.images);
    const planned = planRelease({
      application,
      environmentId: input.environmentId,
      bundle: template.bundle,
      images: input.images,
      parameters: layers.shared,
      parametersOf: layers.of,
      clusters: records,
    });
    checkRenderedImages(
      project,
      planned.targets.flatMap(({ objects }) => objects.map(({ object }) => object)),
    );
    return { planned, layers };
  }

  /** What was put out once may lie outside of what the project may put out now. */
  async function checkTenancy(projectId: string, source: Pick<ReleaseRecord, 'images' | 'templateVersionId'>) {
    const project = await access.projects.get(projectId);
    if (source.templateVersionId !== undefined) {
      checkTemplate(project, (await templates.load(source.templateVersionId)).record.name);
    }
    checkRegistries(
      project,
      Object.fromEntries(Object.entries(source.images).map(([slot, image]) => [slot, image.reference])),
    );
  }

  async function record(releaseId: string): Promise<ReleaseRecord> {
    const release = await store.findById(releaseId);
    if (release === undefined) throw notFound('This release');
    return release;
  }

  async function get(releaseId: string): Promise<ReleaseDetail> {
    return readModel.detail(await record(releaseId));
  }

  /** Saves a release and wakes the workers; the key makes a repeated call answer with what the first one made. */
  async function put(
    actor: Actor,
    permission: 'releases:create' | 'releases:rollback' | 'applications:delete',
    place: { of: ApplicationRecord; environment: string },
    release: Omit<NewRelease, 'dedupeKey' | 'createdById' | 'createdBy'>,
    idempotencyKey: string | undefined,
    changes: NonNullable<AuditEntry['changes']>,
    also: (tx: Transaction) => Promise<AuditEntry[]> = async () => [],
  ): Promise<ReleaseDetail> {
    const earlier =
      idempotencyKey === undefined
        ? undefined
        : await store.findByDedupeKey(release.applicationId, release.environmentId, idempotencyKey);
    if (earlier !== undefined) return get(earlier.id);
    const target = targetsToCheck(place.of, release.environmentId);
    await access.mutate({ actor, permission, target }, async (tx: Transaction) => {
      const environment = await store.lockEnvironment(tx, release.applicationId, release.environmentId);
      if (environment.rolling !== undefined) {
        throw conflict(
          'release_in_progress',
          `Release #${environment.rolling} is on its way in ${place.environment}. Wait for it, or abort it first.`,
        );
      }
      const { principal } = actor;
      await store.insert(tx, environment.id, environment.next, {
        ...release,
        dedupeKey: idempotencyKey ?? release.id,
        createdById: principalId(principal),
        createdBy: principal.kind === 'system' ? principal.name : principal.displayName,
      });
      await store.wakeWorkers(tx);
      const more = await also(tx);
      return {
        value: undefined,
        audit: [
          ...more,
          {
            action: permission,
            target: {
              kind: 'release',
              id: release.id,
              name: `${place.of.slug} ${place.environment} #${environment.next}`,
              project: place.of.projectId,
              environment: release.environmentId,
            },
            changes,
            ...(release.note === undefined ? {} : { reason: release.note }),
          },
        ],
      };
    });
    return get(release.id);
  }

  async function operate(
    actor: Actor,
    release: ReleaseRecord,
    what: string,
    work: (tx: Transaction) => Promise<void>,
    reason?: string,
  ): Promise<ReleaseDetail> {
    const target = targetsToCheck(await applications.record(release.applicationId), release.environmentId);
    await access.mutate({ actor, permission: 'releases:operate', target }, async (tx) => {
      await work(tx);
      await store.notify(tx, release.id);
      await store.wakeWorkers(tx);
      const name = `${release.application} ${release.environment} #${release.number}`;
      return {
        value: undefined,
        audit: [
          {
            action: 'releases:operate',
            target: { kind: 'release', id: release.id, name, project: release.projectId },
            changes: [{ path: what, after: true }],
            ...(reason === undefined ? {} : { reason }),
          },
        ],
      };
    });
    return get(release.id);
  }

  return {
    async preview(principal, input) {
      const { planned } = await plan(principal, input);
      return previewPlan(planned, {
        connections,
        fieldManager: deps.fieldManager,
        identityFor: async ({ target }) => {
          const owner = await access.projects.ownerOf(target.clusterId, target.namespace);
          return deployerIdentity(owner?.projectNumber, { actor: 'preview' });
        },
      });
    },

    async create(actor, input, idempotencyKey) {
      const { planned, layers } = await plan(actor.principal, input);
      if (input.contentSha256 !== undefined && input.contentSha256 !== planned.contentSha256) {
        throw conflict(
          'preview_outdated',
          'What would be deployed is not what the preview showed any more. Look at the new preview, then deploy.',
        );
      }
      const application = await applications.record(input.applicationId);
      const environment = application.environments.find((candidate) => candidate.environmentId === input.environmentId);
      return put(
        actor,
        'releases:create',
        { of: application, environment: environment?.name ?? '' },
        {
          id: newId('rel'),
          applicationId: application.id,
          environmentId: input.environmentId,
          kind: 'deploy',
          templateVersionId: layers.template.record.id,
          images: planned.images,
          parameters: planned.parameters,
          contentSha256: planned.contentSha256,
          rollbackOf: undefined,
          note: input.note,
          targets: planned.targets.map(({ target }) => ({
            targetId: target.id,
            clusterId: target.clusterId,
            namespace: target.namespace,
          })),
          objects: planned.targets.flatMap((target) => target.objects),
        },
        idempotencyKey,
        [
          {
            path: 'images',
            after: Object.fromEntries(Object.entries(planned.images).map(([slot, image]) => [slot, image.reference])),
          },
          {
            path: 'targets',
            after: planned.targets.map(({ cluster, target }) => `${cluster.slug}/${target.namespace}`),
          },
        ],
        (tx) => layers.keep(tx, actor),
      );
    },

    async rollback(actor, releaseId, reason, idempotencyKey) {
      const source = await record(releaseId);
      if (source.kind === 'remove')
        throw conflict('not_rollbackable', `#${source.number} removed the application: there is nothing to put back.`);
      const [objects, application] = await Promise.all([
        store.objectsOf(releaseId),
        applications.record(source.applicationId),
      ]);
      const targets = application.environments
        .filter((environment) => environment.environmentId === source.environmentId)
        .flatMap((environment) => environment.targets)
        .filter((target) => objects.some((object) => object.targetId === target.id));
      if (targets.length === 0)
        throw conflict('not_rollbackable', `None of the targets of #${source.number} exists any more.`);
      await checkTenancy(application.projectId, source);
      const kept = new Set(targets.map((target) => target.id));
      return put(
        actor,
        'releases:rollback',
        { of: application, environment: source.environment },
        {
          id: newId('rel'),
          applicationId: source.applicationId,
          environmentId: source.environmentId,
          kind: 'rollback',
          templateVersionId: source.templateVersionId,
          images: source.images,
          parameters: source.parameters,
          contentSha256: source.contentSha256,
          rollbackOf: source.id,
          note: reason,
          targets: targets.map((target) => ({
            targetId: target.id,
            clusterId: target.clusterId,
            namespace: target.namespace,
          })),
          objects: objects.filter((object) => kept.has(object.targetId)),
        },
        idempotencyKey,
        [{ path: 'rollbackOf', after: source.number }],
      );
    },

    async removeFromEnvironment(actor, input, idempotencyKey) {
      const application = await applications.record(input.applicationId);
      const environment = application.environments.find((candidate) => candidate.environmentId === input.environmentId);
      if (environment === undefined) throw notFound('This environment');
      if (input.confirm !== application.slug) {
        throw invalid('confirmation_differs', `Type ${application.slug} to confirm.`, '/confirm');
      }
      const live = await store.liveObjects(environment.targets.map((target) => target.id));
      if (live.length === 0)
        throw conflict('nothing_deployed', `${application.slug} has nothing in ${environment.name}.`);
      const targets = environment.targets.filter((target) => live.some((object) => object.targetId === target.id));
      return put(
        actor,
        'applications:delete',
        { of: application, environment: environment.name },
        {
          id: newId('rel'),
          applicationId: application.id,
          environmentId: environment.environmentId,
          kind: 'remove',
          templateVersionId: undefined,
          images: {},
          parameters: {},
          contentSha256: '',
          rollbackOf: undefined,
          note: input.reason,
          targets: targets.map((target) => ({
            targetId: target.id,
            clusterId: target.clusterId,
            namespace: target.namespace,
          })),
          objects: live,
        },
        idempotencyKey,
        [{ path: 'removed', after: live.map((object) => `${object.kind}/${object.name}`) }],
      );
    },

    async abort(actor, releaseId) {
      const release = await record(releaseId);
      if (release.state !== 'rolling' && release.state !== 'paused')
        throw conflict('release_ended', `#${release.number} has ended: ${release.state}.`);
      return operate(actor, release, 'aborted', async (tx) => {
        await store.cancelPending(tx, releaseId);
        await store.setState(tx, releaseId, 'aborted');
      });
    },

    async resume(actor, releaseId, reason) {
      const release = await record(releaseId);
      const target = targetsToCheck(await applications.record(release.applicationId), release.environmentId);
      const work = async (tx: Transaction) => {
        await access.require(tx, actor, startPermissions[release.kind], target);
        if (await store.resume(tx, releaseId, principalId(actor.principal))) return;
        throw conflict('release_not_paused', `#${release.number} is not paused: ${release.state}.`);
      };
      return operate(actor, release, 'resumed', work, reason);
    },

    async retry(actor, releaseId, targetId) {
      const release = await record(releaseId);
      const newest = await store.newest(release.applicationId, release.environmentId);
      if (newest !== undefined && newest.id !== release.id) {
        throw conflict(
          'release_superseded',
          `#${newest.number} came after it. Retry that one, or roll back to #${release.number}.`,
        );
      }
      return operate(actor, release, 'retried', async (tx) => {
        if (!(await store.resetRun(tx, releaseId, targetId))) {
          throw new AppError('target_not_failed', 409, 'This target did not fail, or is being worked on.');
        }
        await store.setState(tx, releaseId, 'rolling');
      });
    },

    get,

    async read(principal, releaseId) {
      const release = await record(releaseId);
      const target = { projectId: release.projectId, environmentId: release.environmentId };
      if (!(await access.may(principal, 'releases:read', target))) throw notFound('This release');
      return readModel.detail(release);
    },

    record,

    async list(principal, { limit, cursor, ...filter }) {
      const visible = await access.visibleScope(principal, 'releases:read');
      const scope = ['releases', filter];
      const after = cursor === undefined ? undefined : cursors.verify<{ at: string; id: string }>(scope, cursor);
      const { rows, total } = await store.page(visible, filter, after, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((release) => readModel.toView(release)),
        ...(rows.length > limit && last !== undefined
          ? { nextCursor: cursors.sign(scope, { at: last.createdAt.toISOString(), id: last.id }) }
          : {}),
        total,
        totalIsExact: true,
      };
    },
  };
}
