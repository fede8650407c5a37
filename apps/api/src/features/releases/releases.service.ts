import type { ReleaseDetail, ReleasePreview, ReleaseStrategy } from '@quarterdeck/contracts';
import { createPreviewMemory } from '@quarterdeck/kubernetes';
import type { Cursors } from '../../platform/cursor.ts';
import { conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { type Actor, type Principal, principalId } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, Applications, DeclaredDependencies, DeliveryRules } from '../applications/index.ts';
import type { Clusters, Connections } from '../clusters/index.ts';
import type { Parameters, ReleaseParameters } from '../templates/index.ts';
import { contentHash } from './automatic-releases.ts';
import type { ReadPlatforms } from './check-platforms.ts';
import { checkRegistries, checkRenderedImages } from './check-registries.ts';
import { checkTemplate } from './check-template.ts';
import type { Command } from './commands.ts';
import { deployerIdentity } from './deployer-identity.ts';
import { createListReleases, type ListReleases } from './list-releases.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import { atOnce, backwards } from './machine-rows.ts';
import { type Plan, planRelease, readImages } from './plan-release.ts';
import { previewPlan } from './preview-release.ts';
import type { PutRelease } from './put-release.ts';
import type { QuestionsStore } from './questions.store.ts';
import type { ReadCapacity } from './read-capacity.ts';
import type { ReleaseOrder } from './release-order.ts';
import type { ReleaseRecord, ReleaseSource } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { ReleasesReadModel } from './releases.read-model.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { ImageResolver } from './resolve-images.ts';
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
  /** Renders for every target with what would be put out, as `create` would; touches no cluster. */
  plan(principal: Principal, input: ReleaseInput): Promise<Plan>;
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
      /** Whoever deploys it knows that one of its images was rolled back by itself here. */
      deployRejected?: boolean | undefined;
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
  list: ListReleases;
}

export function createReleases(deps: {
  access: Access;
  applications: Applications;
  dependencies: DeclaredDependencies;
  parameters: Parameters;
  clusters: Clusters;
  connections: Connections;
  store: ReleasesStore;
  machine: ReleaseMachine;
  rules: DeliveryRules;
  readModel: ReleasesReadModel;
  cursors: Cursors;
  door: PutRelease;
  images: ImageResolver;
  questions: QuestionsStore;
  machineStore: Pick<MachineStore, 'rejectedIn'>;
  platforms: ReadPlatforms;
  readCapacity: ReadCapacity;
  fieldManager: string;
}): Releases {
  const { access, applications, parameters, clusters, connections, store, machine, rules, readModel, cursors, door } =
    deps;

  const previewMemory = createPreviewMemory();

  async function plan(
    principal: Principal,
    input: ReleaseInput,
  ): Promise<{ planned: Plan; layers: ReleaseParameters; application: ApplicationRecord }> {
    const [application, records] = await Promise.all([applications.record(input.applicationId), clusters.records()]);
    const [project, layers] = await Promise.all([
      access.projects.get(application.projectId),
      parameters.forRelease(principal, application, input.environmentId, input),
    ]);
    const { template } = layers;
    checkTemplate(project, template.record.name);
    const typed = readImages(template.bundle, input.images);
    checkRegistries(project, typed);
    const planned = planRelease({
      application,
      environmentId: input.environmentId,
      bundle: template.bundle,
      images: await deps.images.resolve(project.id, typed),
      parameters: layers.shared,
      parametersOf: layers.of,
      clusters: records,
    });
    checkRenderedImages(
      project,
      planned.targets.flatMap(({ objects }) => objects.map(({ object }) => object)),
    );
    return { planned, layers, application };
  }

  /** Images of a plan that were rolled back by themselves in its environment. */
  const rejectedAmong = (input: ReleaseInput, { images }: Plan) =>
    deps.machineStore.rejectedIn({
      applicationId: input.applicationId,
      environmentId: input.environmentId,
      references: Object.values(images).map(({ reference }) => reference),
    });

  async function record(releaseId: string): Promise<ReleaseRecord> {
    const release = await store.findById(releaseId);
    if (release === undefined) throw notFound('This release');
    return release;
  }

  async function get(releaseId: string): Promise<ReleaseDetail> {
    return readModel.detail(await record(releaseId));
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

  return {
    plan: async (principal, input) => (await plan(principal, input)).planned,

    async preview(principal, input) {
      const { planned } = await plan(principal, input);
      const strategy = await rules.strategy(input.environmentId, input.strategy);
      const placed = await door.place(
        strategy,
        input.applicationId,
        planned.targets.map(({ target }) => target),
      );
      return previewPlan(planned, {
        strategy,
        unwell: await deps.dependencies.unwell(principal, input.applicationId, input.environmentId),
        pin: await rules.pinOf(input.environmentId),
        rejected: await rejectedAmong(input, planned),
        rules: await deps.questions.rulesOf(planned.targets.map(({ target }) => target.id)),
        platforms: await deps.platforms(planned),
        readCapacity: deps.readCapacity,
        memory: previewMemory,
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
      const { planned, layers, application } = await plan(actor.principal, input);
      if (input.contentSha256 !== undefined && input.contentSha256 !== planned.contentSha256) {
        throw conflict(
          'preview_outdated',
          'What would be deployed is not what the preview showed any more. Look at the new preview, then deploy.',
        );
      }
      if (input.orderKey === undefined && input.deployRejected !== true) {
        const [rejected] = await rejectedAmong(input, planned);
        if (rejected !== undefined)
          throw conflict(
            'digest_rejected',
            `${rejected.reference} was rolled back by itself in #${rejected.releaseNumber} here. Say that you want it all the same (deployRejected), or forgive it on the application’s page.`,
          );
      }
      const environment = application.environments.find((candidate) => candidate.environmentId === input.environmentId);
      const strategy = await rules.strategy(input.environmentId, input.strategy);
      const id = await door.put(
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
          waitsForImages:
            Object.values(planned.images).some(({ pinned }) => !pinned) &&
            (await rules.pinOf(input.environmentId)) === 'required',
          parameters: planned.parameters,
          contentSha256: planned.contentSha256,
          rollbackOf: undefined,
          note: input.note,
          strategy,
          source: input.source,
          order: input.orderKey,
          targets: await door.place(
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
      return get(id);
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
        .filter((target) => target.state === 'active' && objects.some((object) => object.targetId === target.id));
      if (targets.length === 0)
        throw conflict(
          'not_rollbackable',
          `Each target of #${source.number} is gone, is no longer one, or has stood down.`,
        );
      await door.checkTenancy(application.projectId, like);
      const kept = new Set(targets.map((target) => target.id));
      const chosen = name === undefined ? undefined : await rules.strategy(source.environmentId, name);
      const strategy: ReleaseStrategy =
        chosen === undefined ? backwards : { ...backwards, name: chosen.name, waves: chosen.waves };
      const restored = objects.filter((object) => kept.has(object.targetId));
      const id = await door.put(
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
          targets: await door.place(strategy, source.applicationId, targets),
          objects: restored,
        },
        idempotencyKey,
        [
          { path: 'rollbackOf', after: source.number },
          { path: 'take', after: take },
        ],
      );
      return get(id);
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
      const id = await door.put(
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
          targets: await door.place(atOnce, application.id, targets),
          objects: live,
        },
        idempotencyKey,
        [{ path: 'removed', after: live.map((object) => `${object.kind}/${object.name}`) }],
      );
      return get(id);
    },

    async operate(actor, releaseId, command, reason) {
      const release = await record(releaseId);
      const target = targetsToCheck(await applications.record(release.applicationId), release.environmentId);
      if (command.do === 'retry') {
        const newest = await store.newest(release.applicationId, release.environmentId);
        if (newest !== undefined && newest.id !== release.id) {
          throw conflict(
            'release_superseded',
            `#${newest.number} came after it, so #${release.number} is not gone on with. Deploy its bytes again instead.`,
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
      const [detail, unwellNeeds] = await Promise.all([
        readModel.detail(release),
        isTroubled(release) ? deps.dependencies.unwell(principal, release.applicationId, release.environmentId) : [],
      ]);
      return unwellNeeds.length === 0 ? detail : { ...detail, unwellNeeds };
    },

    record,

    list: createListReleases({ access, clusters, store, readModel, cursors }),
  };
}

/** Something of it is not healthy, so that what it leans on is worth a look. */
function isTroubled({ state, runs }: ReleaseRecord): boolean {
  return runs.failed > 0 || state === 'rolling' || state === 'paused';
}
