import type { DriftObject, TargetDrift } from '@quarterdeck/contracts';
import { toYaml } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, Applications } from '../applications/index.ts';
import type { CompareDrift, Comparison } from './compare-drift.ts';
import { type DriftReadModel, toDriftObject } from './drift.read-model.ts';
import type { DriftFilter, DriftStore } from './drift.store.ts';
import { visibleEnvironments } from './visible-environments.ts';

const most = 200;
const comparesAtOnce = 8;

type ComparedTarget = TargetDrift & { objects: (DriftObject & { before?: string; after?: string })[] };

/** What hands did to what releases put out. */
export interface Drift {
  /** Of the environments that the principal may read releases of. @throws AppError `not_found` */
  ofApplication(principal: Principal, applicationId: string): Promise<TargetDrift[]>;
  /** Objects of all clusters, those that drifted longest first. */
  list(principal: Principal, filter: DriftFilter): Promise<ReturnType<typeof toItem>[]>;
  /**
   * Asks the clusters now; what is found is kept, too.
   * @throws AppError 422 `target_unknown`
   */
  compare(input: {
    applicationId: string;
    environmentId: string;
    targetId?: string | undefined;
  }): Promise<ComparedTarget[]>;
}

export function createDrift(deps: {
  access: Access;
  applications: Applications;
  driftStore: DriftStore;
  driftReadModel: DriftReadModel;
  compareDrift: CompareDrift;
}): Drift {
  const { access, applications, driftStore, driftReadModel, compareDrift } = deps;

  async function compareAll(targets: ApplicationRecord['environments'][number]['targets']) {
    const found = new Map<string, Comparison>();
    const waiting = [...targets];
    const lane = async () => {
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
        const place = { targetId: target.id, clusterId: target.clusterId, namespace: target.namespace };
        found.set(target.id, await compareDrift(place, { priority: 'interactive' }));
      }
    };
    await Promise.all(Array.from({ length: comparesAtOnce }, lane));
    return found;
  }

  return {
    async ofApplication(principal, applicationId) {
      return driftReadModel.ofApplication({ environments: await visibleEnvironments(deps, principal, applicationId) });
    },

    async list(principal, filter) {
      const visible = await access.visibleScope(principal, 'releases:read');
      return (await driftStore.list(visible, filter, most)).map(toItem);
    },

    async compare({ applicationId, environmentId, targetId }) {
      const { environments } = await applications.record(applicationId);
      const environment = environments.find((candidate) => candidate.environmentId === environmentId);
      const targets = (environment?.targets ?? []).filter(({ id }) => targetId === undefined || id === targetId);
      if (environment === undefined || (targetId !== undefined && targets.length === 0)) {
        const detail = 'The application has no such target in this environment.';
        throw new AppError('target_unknown', 422, detail, {
          errors: [{ pointer: '/targetId', code: 'target_unknown', detail }],
        });
      }
      const found = await compareAll(targets);
      const told = await driftReadModel.ofApplication({ environments: [{ ...environment, targets }] });
      return told.map((target) => ({
        ...target,
        objects: target.objects.map((object) => ({ ...object, ...textsOf(found.get(target.targetId), object) })),
      }));
    },
  };
}

/** Both sides of an object as YAML, where it was compared just now. */
function textsOf(comparison: Comparison | undefined, of: DriftObject): { before?: string; after?: string } {
  if (comparison?.outcome !== 'compared') return {};
  const object = comparison.objects.find(
    ({ group, kind, namespace, name }) =>
      group === of.group && kind === of.kind && namespace === (of.namespace ?? '') && name === of.name,
  );
  return {
    ...(object?.before === undefined ? {} : { before: toYaml(object.before) }),
    ...(object?.after === undefined ? {} : { after: toYaml(object.after) }),
  };
}

function toItem(row: Awaited<ReturnType<DriftStore['list']>>[number]) {
  const { targetId, clusterId, cluster, environmentId, environment, applicationId, application, project } = row;
  return {
    ...toDriftObject(row),
    targetId,
    clusterId,
    cluster,
    namespace: row.namespace,
    environmentId,
    environment,
    applicationId,
    application,
    project,
    ...(row.release === undefined ? {} : { release: row.release }),
  };
}
