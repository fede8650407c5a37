import type { Strategy } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { conflict } from '../../platform/errors.ts';
import { type Actor, principalId, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, TargetRecord } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { ClusterRecord, Clusters } from '../clusters/index.ts';
import type { Templates } from '../templates/index.ts';
import { checkRegistries } from './check-registries.ts';
import { checkTemplate } from './check-template.ts';
import type { ReleaseMachine } from './machine.ts';
import { planWaves } from './plan-waves.ts';
import { compareOrder, type ReleaseOrder } from './release-order.ts';
import type { ReleaseRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { NewRelease, ReleasesStore } from './releases.store.ts';

/** The one door through which a release that somebody asked for comes into being. */
export interface PutRelease {
  /** The wave and place of each target by a strategy. */
  place(
    strategy: Strategy,
    applicationId: string,
    targets: readonly TargetRecord[],
  ): Promise<NewRelease['targets'][number][]>;
  /** What was put out once may lie outside of what the project may put out now. @throws AppError with the reason */
  checkTenancy(projectId: string, source: Pick<ReleaseRecord, 'images' | 'templateVersionId'>): Promise<void>;
  /**
   * Saves a release and wakes the workers; the key makes a repeated call answer with what the first one made.
   * @param also what else the same transaction changes, with its records
   * @returns its id
   */
  put(
    actor: Actor,
    permission: 'releases:create' | 'releases:rollback' | 'releases:evacuate' | 'applications:delete',
    place: { of: ApplicationRecord; environment: string },
    release: Omit<NewRelease, 'dedupeKey' | 'createdById' | 'createdBy'>,
    idempotencyKey: string | undefined,
    changes: NonNullable<AuditEntry['changes']>,
    also?: (tx: Transaction) => Promise<AuditEntry[]>,
  ): Promise<string>;
}

export function createPutRelease(deps: {
  access: Access;
  clusters: Clusters;
  templates: Templates;
  store: ReleasesStore;
  machine: ReleaseMachine;
}): PutRelease {
  const { access, clusters, templates, store, machine } = deps;

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
    async place(strategy: Strategy, applicationId: string, targets: readonly TargetRecord[]) {
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
    },

    async checkTenancy(projectId: string, source: Pick<ReleaseRecord, 'images' | 'templateVersionId'>) {
      const project = await access.projects.get(projectId);
      if (source.templateVersionId !== undefined) {
        // By its name alone: a bundle that would not be taken any more can be put back.
        checkTemplate(project, (await templates.version(source.templateVersionId)).name);
      }
      checkRegistries(project, source.images);
    },

    async put(
      actor: Actor,
      permission: 'releases:create' | 'releases:rollback' | 'releases:evacuate' | 'applications:delete',
      place: { of: ApplicationRecord; environment: string },
      release: Omit<NewRelease, 'dedupeKey' | 'createdById' | 'createdBy'>,
      idempotencyKey: string | undefined,
      changes: NonNullable<AuditEntry['changes']>,
      also: (tx: Transaction) => Promise<AuditEntry[]> = async () => [],
    ): Promise<string> {
      const earlier =
        idempotencyKey === undefined
          ? undefined
          : await store.findByDedupeKey(release.applicationId, release.environmentId, idempotencyKey);
      if (earlier !== undefined) return earlier;
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
          createdBy: principalName(principal),
        });
        await machine.advanceNew(tx, release.id, facts);
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
      return release.id;
    },
  };
}

/** As selectors see them: with the label that is always the slug. */
function labelsOf(cluster: ClusterRecord | undefined): Record<string, string> {
  return cluster === undefined ? {} : { ...cluster.labels, cluster: cluster.slug };
}
