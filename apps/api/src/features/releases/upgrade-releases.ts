import { createHash } from 'node:crypto';
import type { UpgradePreview } from '@quarterdeck/contracts';
import { compareVersions } from '@quarterdeck/templating';
import { AppError, conflict, forbidden } from '../../platform/errors.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { Applications } from '../applications/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Follower, Templates } from '../templates/index.ts';
import { foldChanges, type ObjectPair } from './fold-changes.ts';
import type { Plan } from './plan-release.ts';
import { parsed } from './release-bytes.ts';
import type { Images, ObjectRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { Releases } from './releases.service.ts';
import type { ReleasesStore } from './releases.store.ts';

/** Most environments that are looked at, or upgraded, in one call. */
const mostAtOnce = 100;
/** Environments that are rendered side by side. */
const sideBySide = 4;

type Item = UpgradePreview['items'][number];
type Problem = NonNullable<Item['problem']>;
type Place = { applicationId: string; environmentId: string };
export type UpgradeOutcome = Place & { release?: { id: string; number: number }; problem?: Problem };

/** A new template version for everybody who follows an older one: looked at together, released each by itself. */
export interface UpgradeReleases {
  /** @throws AppError `not_found`, 409 `template_not_published` */
  preview(principal: Principal, versionId: string): Promise<UpgradePreview>;
  /**
   * One release for each place, with the images that are out there and the parameters that are kept. A place that is
   * refused keeps no other from its release.
   * @throws AppError `not_found`, 409 `template_not_published`
   */
  create(
    actor: Actor,
    versionId: string,
    input: { items: readonly (Place & { contentSha256: string })[]; note?: string | undefined },
    idempotencyKey: string | undefined,
  ): Promise<UpgradeOutcome[]>;
}

export function createUpgradeReleases(deps: {
  access: Access;
  applications: Applications;
  clusters: Clusters;
  templates: Templates;
  releases: Releases;
  store: ReleasesStore;
  logger: Logger;
}): UpgradeReleases {
  const { access, applications, clusters, templates, releases, store, logger } = deps;

  async function published(principal: Principal, versionId: string) {
    const version = await templates.readVersion(principal, versionId);
    if (version.state === 'published') return version;
    throw conflict(
      'template_not_published',
      `${version.name} ${version.version} is ${version.state}: only a published version is upgraded to.`,
    );
  }

  /** What is out there; `undefined` when nothing is. */
  async function lastOf({ applicationId, environmentId }: Place) {
    const newest = await store.newest(applicationId, environmentId);
    return newest === undefined || newest.kind === 'remove'
      ? undefined
      : store.newest(applicationId, environmentId, 'with-objects');
  }

  async function requireAt(principal: Principal, permission: 'releases:preview' | 'releases:create', at: Place) {
    const target = targetsToCheck(await applications.record(at.applicationId), at.environmentId);
    if (!(await access.may(principal, permission, target))) throw forbidden(permission, 'in this environment');
  }

  async function look(
    principal: Principal,
    versionId: string,
    follower: Follower,
    slugs: ReadonlyMap<string, string>,
  ): Promise<{ item: Omit<Item, 'changes'>; pairs: ObjectPair[] }> {
    const { versionId: _, version: from, projectId: _project, ...place } = follower;
    const item = { ...place, from, clusters: [] as string[] };
    try {
      await requireAt(principal, 'releases:preview', follower);
      const last = await lastOf(follower);
      if (last === undefined) return { item: { ...item, state: 'not_deployed' }, pairs: [] };
      const { applicationId, environmentId } = follower;
      const images = typedImages(last.images);
      const [plan, before] = await Promise.all([
        releases.plan(principal, { applicationId, environmentId, templateVersionId: versionId, images }),
        store.objectsOf(last.id),
      ]);
      const pairs = pairsOf(follower, plan, before, slugs);
      const isSame = pairs.every(({ sameBytes }) => sameBytes);
      return {
        item: {
          ...item,
          state: isSame ? 'unchanged' : 'changes',
          contentSha256: plan.contentSha256,
          clusters: plan.targets.map(({ cluster }) => cluster.slug),
        },
        pairs,
      };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { item: { ...item, state: 'refused', problem: toProblem(error) }, pairs: [] };
    }
  }

  return {
    async preview(principal, versionId) {
      const version = await published(principal, versionId);
      const all = (await templates.followers(principal, version.templateId)).filter(
        (follower) => compareVersions(follower.version, version.version) < 0,
      );
      const slugs = new Map((await clusters.records()).map(({ id, slug }) => [id, slug]));
      const looks = await eachOf(all.slice(0, mostAtOnce), (follower) => look(principal, versionId, follower, slugs));
      const { changes, of } = foldChanges(looks.map(({ pairs }) => pairs));
      return {
        templateId: version.templateId,
        template: version.name,
        title: version.title,
        version: version.version,
        items: looks.map(({ item }, index) => ({ ...item, changes: of[index] ?? [] })),
        total: all.length,
        changes,
      };
    },

    async create(actor, versionId, { items, note }, idempotencyKey) {
      await published(actor.principal, versionId);
      const outcomes: UpgradeOutcome[] = [];
      // One after the other: the lanes of an application wait for each other anyway.
      for (const { contentSha256, ...place } of items) {
        try {
          await applications.read(actor.principal, place.applicationId);
          await requireAt(actor.principal, 'releases:create', place);
          const last = await lastOf(place);
          if (last === undefined) throw conflict('nothing_deployed', 'Nothing is deployed there yet: deploy it first.');
          const input = {
            ...place,
            templateVersionId: versionId,
            images: typedImages(last.images),
            contentSha256,
            note,
          };
          const { id, number } = await releases.create(actor, input, keyOf(idempotencyKey, place));
          outcomes.push({ ...place, release: { id, number } });
        } catch (error) {
          if (!(error instanceof AppError)) logger.error({ err: error, ...place }, 'an upgrade failed');
          outcomes.push({ ...place, problem: toProblem(error) });
        }
      }
      return outcomes;
    },
  };
}

/** In order, a few at a time. */
async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += sideBySide)
    results.push(...(await Promise.all(items.slice(at, at + sideBySide).map(work))));
  return results;
}

function pairsOf(
  { project, application, environment }: Follower,
  plan: Plan,
  before: readonly (ObjectRecord & { bytes: string })[],
  slugs: ReadonlyMap<string, string>,
): (ObjectPair & { sameBytes: boolean })[] {
  const key = ({ group, kind, namespace, name }: ObjectRecord) => [group, kind, namespace, name].join(' ');
  return plan.targets.flatMap(({ target, objects }) => {
    const was = new Map(before.filter(({ targetId }) => targetId === target.id).map((one) => [key(one), one]));
    const is = new Map(objects.map((one) => [key(one), one]));
    const place = `${project}/${application} ${environment}, ${slugs.get(target.clusterId) ?? ''}`;
    return [...new Map([...was, ...is])].map(([name, object]) => {
      const [old, now] = [was.get(name), is.get(name)];
      return {
        place,
        kind: object.kind,
        name: object.name,
        sameBytes: old?.sha256 === now?.sha256,
        ...(old === undefined ? {} : { before: parsed(old.bytes) }),
        ...(now === undefined ? {} : { after: parsed(now.bytes) }),
      };
    });
  });
}

/** The images that are out there, as a person would type them: a digest stays the digest it is. */
function typedImages(images: Images): Record<string, string> {
  return Object.fromEntries(
    Object.entries(images).map(([slot, { reference, pinned, tag }]) => [
      slot,
      pinned && tag !== undefined ? reference.replace('@', `:${tag}@`) : reference,
    ]),
  );
}

function keyOf(key: string | undefined, { applicationId, environmentId }: Place): string | undefined {
  if (key === undefined) return undefined;
  return createHash('sha256').update(`${key} ${applicationId} ${environmentId}`).digest('hex');
}

function toProblem(error: unknown): Problem {
  if (!(error instanceof AppError))
    return { code: 'internal', detail: 'Something failed here. Try this one by itself.', errors: [] };
  const { code, message, errors } = error;
  return { code, detail: message, errors: (errors ?? []).map(({ pointer, detail }) => ({ pointer, detail })) };
}
