import type { TargetSelection, TargetSelector } from '@quarterdeck/contracts';
import type { Queryable } from '@quarterdeck/database';
import { AppError, notFound } from '../../platform/errors.ts';
import { type Actor, type PermissionTarget, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationsStore } from './applications.store.ts';
import { changedMeanwhile, lastChange } from './changed-meanwhile.ts';
import type { PlaceRecord, SelectionRecord, TargetSelectorStore } from './target-selector.store.ts';

/** Fewer clusters than the environment's rules give, for one application. */
export interface TargetSelections {
  /** @throws AppError `not_found` when the application does not go to the environment */
  read(applicationId: string, environmentId: string): Promise<TargetSelection>;
  /**
   * Targets that it leaves out are `leaving`, as where a rule stops giving them: what is there stays.
   * @param change `selector` null: all that the rules give
   * @throws AppError 409 `selector_changed` when `revision` is not the newest any more, 422 `unknown_cluster`
   */
  put(
    actor: Actor,
    applicationId: string,
    environmentId: string,
    change: { selector: TargetSelector | null; revision: number },
  ): Promise<TargetSelection>;
  /** What changing it is checked against. @throws AppError `not_found` */
  placeOf(applicationId: string, environmentId: string): Promise<PermissionTarget>;
}

export function createTargetSelections(deps: {
  access: Access;
  store: TargetSelectorStore;
  applications: Pick<ApplicationsStore, 'alignTargets'>;
}): TargetSelections {
  const { access, store, applications } = deps;

  async function find(applicationId: string, environmentId: string, on?: Queryable): Promise<SelectionRecord> {
    const found = await store.find(applicationId, environmentId, on);
    if (found === undefined) throw notFound('This environment of the application');
    return found;
  }

  return {
    async read(applicationId, environmentId) {
      const [record, places] = await Promise.all([
        find(applicationId, environmentId),
        store.places(applicationId, environmentId),
      ]);
      return toView(record, places);
    },

    async put(actor, applicationId, environmentId, { selector, revision }) {
      const target = await this.placeOf(applicationId, environmentId);
      return access.mutate({ actor, permission: 'environments:manage', target }, async (tx) => {
        const before = await find(applicationId, environmentId, tx);
        const changedBy = principalName(actor.principal);
        if (!(await store.put(tx, before, { selector: selector ?? undefined, revision, changedBy }))) {
          const now = await find(applicationId, environmentId, tx);
          const what = `which clusters of ${before.environment} ${before.application} goes to`;
          throw changedMeanwhile('selector_changed', what, now, revision);
        }
        const places = await store.places(applicationId, environmentId, tx);
        refuseStrangers(selector, before, places);
        await applications.alignTargets(tx, applicationId);
        return {
          value: toView(await find(applicationId, environmentId, tx), places),
          audit: [
            {
              action: 'environments:manage',
              target: {
                kind: 'application',
                id: applicationId,
                name: before.application,
                project: before.projectId,
                environment: environmentId,
              },
              changes: [{ path: 'selector', before: before.selector ?? null, after: selector }],
            },
          ],
        };
      });
    },

    async placeOf(applicationId, environmentId) {
      const { projectId } = await find(applicationId, environmentId);
      return { projectId, environmentId };
    },
  };
}

/**
 * A cluster outside the environment is refused like one that there is not. One that was named before stays, although
 * the rules may not give it for a while.
 */
function refuseStrangers(
  selector: TargetSelector | null,
  before: SelectionRecord,
  places: readonly PlaceRecord[],
): void {
  const known = new Set([...places.map(({ clusterId }) => clusterId), ...(before.selector?.clusters ?? [])]);
  const errors = (selector?.clusters ?? []).flatMap((id, index) => {
    if (known.has(id)) return [];
    const detail = `The rules of ${before.environment} give no cluster ${id}. Name one of its clusters, or change its rules first.`;
    return [{ pointer: `/selector/clusters/${index}`, code: 'unknown_cluster', detail }];
  });
  const [first] = errors;
  if (first !== undefined) throw new AppError('unknown_cluster', 422, first.detail, { errors });
}

function toView(record: SelectionRecord, places: readonly PlaceRecord[]): TargetSelection {
  const of = (isInside: boolean) =>
    places.filter((place) => place.isInside === isInside).map(({ isInside: _side, ...place }) => place);
  return {
    selector: record.selector ?? null,
    revision: record.revision,
    ...lastChange(record.changedBy, record.changedAt),
    inside: of(true),
    outside: of(false),
  };
}
