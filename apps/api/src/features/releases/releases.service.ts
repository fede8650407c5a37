import type { ReleaseDetail, ReleasePreview, Strategy } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { type Actor, type Principal, principalId } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, Applications, DeliveryRules, TargetRecord } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { ClusterRecord, Clusters, Connections } from '../clusters/index.ts';
import type { Parameters, ReleaseParameters, Templates } from '../templates/index.ts';
import { contentHash } from './automatic-releases.ts';
import { checkRegistries, checkRenderedImages } from './check-registries.ts';
import { checkTemplate } from './check-template.ts';
import type { Command } from './commands.ts';
import { deployerIdentity } from './deployer-identity.ts';
import type { ReleaseMachine } from './machine.ts';
import { atOnce, backwards } from './machine-rows.ts';
import { type Plan, planRelease } from './plan-release.ts';
import { planWaves } from './plan-waves.ts';
import { previewPlan } from './preview-release.ts';
import { compareOrder, type ReleaseOrder } from './release-order.ts';
import type { ReleaseRecord, ReleaseSource } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { ReleasesReadModel } from './releases.read-model.ts';
import type { NewRelease, ReleaseFilter, ReleasesStore } from './releases.store.ts';
import { exchangeImages } from './rollback-content.ts';
import { startPermissions } from './start-permissions.ts';

export type ReleaseInput = {
  applicationId: string;
  environmentId: string;
  /** Absent: the version that the environment follows. */
  templateVersionId?: string | undefined;
  images: Record<string, string>;
  /** The layer of the environment; absent: as it is kept. */
  parameters?: Record<string, unknown> | undefined;
  /** Name of one of the environment's strategies; its first when left out. */
  strategy?: string | undefined;
};

export type RollbackInput = {
  reason?: string | undefined;
  /** The stored bytes as they are, or only their images or the rest of them over what came last. */
  take: 'image_and_config' | 'image' | 'config';
  strategy?: string | undefined;
};

/** Rendered bytes of a template version, put on targets; never changed, put back by a release of their own. */
export interface Releases {
  preview(principal: Principal, input: ReleaseInput): Promise<ReleasePreview>;
  /**
   * Starts, or waits for its turn, an approval or the end of a freeze.
   * @param input `orderKey`: automation made it, so it is refused when it goes back or the environment had it already
   * @param idempotencyKey the same key gives the same release
   * @throws AppError 409 `older_than_current` | `digest_seen` | `digest_rejected` with `orderKey`
   */
  create(
    actor: Actor,
    input: ReleaseInput & {
      contentSha256?: string | undefined;
      note?: string | undefined;
      source?: ReleaseSource | undefined;
      orderKey?: ReleaseOrder | undefined;
    },
    idempotencyKey: string | undefined,
  ): Promise<ReleaseDetail>;
  /** Puts stored bytes out again: needs neither template nor registry, and replaces what is on its way. */
  rollback(
    actor: Actor,
    releaseId: string,
    input: RollbackInput,
    idempotencyKey: string | undefined,
  ): Promise<ReleaseDetail>;
  removeFromEnvironment(
    actor: Actor,
    input: { applicationId: string; environmentId: string; confirm: string; reason?: string | undefined },
    idempotencyKey: string | undefined,
  ): Promise<ReleaseDetail>;
  /**
   * What people tell a release to do. Going on with it, `resume` and `retry`, needs what starting it needs, too: from then
   * on it runs for the actor.
   */
  operate(actor: Actor, releaseId: string, command: Command, reason?: string | undefined): Promise<ReleaseDetail>;
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
  machine: ReleaseMachine;
  rules: DeliveryRules;
  readModel: ReleasesReadModel;
  cursors: Cursors;
  fieldManager: string;
}): Releases {
  const {
    access,
    applications,
    templates,
    parameters,
    clusters,
    connections,
    store,
    machine,
    rules,
    readModel,
    cursors,
  } = deps;

  /** The wave and place of each target by a strategy. */
  async function place(strategy: Strategy, applicationId: string, targets: readonly TargetRecord[]) {
    const records = new Map((await clusters.records()).map((cluster) => [cluster.id, cluster]));
    const withLabels = targets.map(({ id, clusterId }) => ({
      id,
      clusterId,
      clusterLabels: labelsOf(records.get(clusterId)),
    }));
    const placed = new Map(planWaves(strategy, withLabels, applicationId).map((at) => [at.targetId, at]));
    return targets.map(({ id, clusterId, namespace }) => ({
      targetId: id,
      clusterId,
      namespace,
      wave: placed.get(id)?.wave ?? 0,
      place: placed.get(id)?.place ?? 0,
    }));
  }

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
      // By its name alone: a bundle that would not be taken any more can be put back.
      checkTemplate(project, (await templates.version(source.templateVersionId)).name);
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
    const facts = await machine.facts(release.id);
    await access.mutate({ actor, permission, target }, async (tx: Transaction) => {
      const environment = await store.lockEnvironment(tx, release.applicationId, release.environmentId);
      if (release.order !== undefined) await refuseBackwards(tx, environment.id, release, release.order);
      const { principal } = actor;
      await store.insert(tx, environment.id, environment.next, {
        ...release,
        dedupeKey: idempotencyKey ?? release.id,
        createdById: principalId(principal),
        createdBy: principal.kind === 'system' ? principal.name : principal.displayName,
      });
      await machine.advanceIn(tx, release.id, facts);
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

  /** What a rollback puts out: bytes as they were stored, or one half of them over what came last. */
  async function contentOf(source: ReleaseRecord, take: RollbackInput['take']) {
    const stored = await store.objectsOf(source.id);
    if (take === 'image_and_config') return { objects: stored, like: source };
    const latest = await store.newest(source.applicationId, source.environmentId, 'with-objects');
    if (latest === undefined || latest.kind === 'remove') return { objects: stored, like: source };
    if (take === 'config')
      return {
        objects: exchangeImages(stored, source.images, latest.images),
        like: { ...source, images: { ...source.images, ...latest.images } },
      };
    return {
      objects: exchangeImages(await store.objectsOf(latest.id), latest.images, source.images),
      like: { ...latest, images: { ...latest.images, ...source.images } },
    };
  }

  /** Of a release that nobody asked for in person: it must be later than the ones before, and new. */
  async function refuseBackwards(
    tx: Transaction,
    appEnvironmentId: string,
    release: Pick<NewRelease, 'images'>,
    order: ReleaseOrder,
  ): Promise<void> {
    const { newest, seen, rejected } = await store.acceptedBefore(tx, appEnvironmentId, release.images, order);
    if (newest !== undefined && compareOrder(order.scheme, order.value, newest) <= 0)
      throw conflict(
        'older_than_current',
        `${order.value} is not after ${newest}, which was accepted already (${order.scheme}). Roll back by hand to go back.`,
      );
    if (rejected !== undefined)
      throw conflict(
        'digest_rejected',
        `${rejected} was rolled back by itself here. Deploy it by hand, or lift the rejection on that release’s page.`,
      );
    if (seen !== undefined)
      throw conflict('digest_seen', `#${seen} had these images already. Deploy them by hand to have them again.`);
  }

  return {
    async preview(principal, input) {
      const { planned } = await plan(principal, input);
      const strategy = (await rules.strategy(input.environmentId, input.strategy)) ?? atOnce;
      const placed = await place(
        strategy,
        input.applicationId,
        planned.targets.map(({ target }) => target),
      );
      return previewPlan(planned, {
        strategy,
        waveOf: (targetId) => placed.find((at) => at.targetId === targetId)?.wave ?? 0,
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
      const strategy = (await rules.strategy(input.environmentId, input.strategy)) ?? atOnce;
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
          strategy,
          source: input.source,
          order: input.orderKey,
          targets: await place(
            strategy,
            application.id,
            planned.targets.map(({ target }) => target),
          ),
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

    async rollback(actor, releaseId, { reason, take, strategy: name }, idempotencyKey) {
      const source = await record(releaseId);
      if (source.kind === 'remove')
        throw conflict('not_rollbackable', `#${source.number} removed the application: there is nothing to put back.`);
      const application = await applications.record(source.applicationId);
      const { objects, like } = await contentOf(source, take);
      const targets = application.environments
        .filter((environment) => environment.environmentId === source.environmentId)
        .flatMap((environment) => environment.targets)
        .filter((target) => objects.some((object) => object.targetId === target.id));
      if (targets.length === 0)
        throw conflict('not_rollbackable', `None of the targets of #${source.number} exists any more.`);
      await checkTenancy(application.projectId, like);
      const kept = new Set(targets.map((target) => target.id));
      const chosen = name === undefined ? undefined : await rules.strategy(source.environmentId, name);
      const strategy: Strategy =
        chosen === undefined ? backwards : { ...backwards, name: chosen.name, waves: chosen.waves };
      const restored = objects.filter((object) => kept.has(object.targetId));
      return put(
        actor,
        'releases:rollback',
        { of: application, environment: source.environment },
        {
          id: newId('rel'),
          applicationId: source.applicationId,
          environmentId: source.environmentId,
          kind: 'rollback',
          templateVersionId: like.templateVersionId,
          images: like.images,
          parameters: like.parameters,
          contentSha256: take === 'image_and_config' ? source.contentSha256 : contentHash(restored),
          rollbackOf: source.id,
          note: reason,
          strategy,
          targets: await place(strategy, source.applicationId, targets),
          objects: restored,
        },
        idempotencyKey,
        [
          { path: 'rollbackOf', after: source.number },
          { path: 'take', after: take },
        ],
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
          strategy: atOnce,
          targets: await place(atOnce, application.id, targets),
          objects: live,
        },
        idempotencyKey,
        [{ path: 'removed', after: live.map((object) => `${object.kind}/${object.name}`) }],
      );
    },

    async operate(actor, releaseId, command, reason) {
      const release = await record(releaseId);
      const target = targetsToCheck(await applications.record(release.applicationId), release.environmentId);
      if (command.do === 'retry') {
        const newest = await store.newest(release.applicationId, release.environmentId);
        if (newest !== undefined && newest.id !== release.id) {
          throw conflict(
            'release_superseded',
            `#${newest.number} came after it. Retry that one, or roll back to #${release.number}.`,
          );
        }
      }
      const facts = await machine.facts(releaseId);
      await access.mutate({ actor, permission: 'releases:operate', target }, async (tx) => {
        if (command.do === 'resume' || command.do === 'retry') {
          await access.require(tx, actor, startPermissions[release.kind], target);
          await store.actFor(tx, releaseId, principalId(actor.principal));
        }
        await machine.command(tx, releaseId, command, facts);
        return {
          value: undefined,
          audit: [
            {
              action: 'releases:operate',
              target: {
                kind: 'release',
                id: release.id,
                name: `${release.application} ${release.environment} #${release.number}`,
                project: release.projectId,
                environment: release.environmentId,
              },
              changes: [{ path: command.do, after: 'targetId' in command ? command.targetId : true }],
              ...(reason === undefined ? {} : { reason }),
            },
          ],
        };
      });
      return get(releaseId);
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

/** As selectors see them: with the label that is always the slug. */
function labelsOf(cluster: ClusterRecord | undefined): Record<string, string> {
  return cluster === undefined ? {} : { ...cluster.labels, cluster: cluster.slug };
}
